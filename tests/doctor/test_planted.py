"""Tests of single ailments: a sick training is told its ailment first, its healthy twin is not."""

import mmap

import numpy as np
import pytest

import pellucid
from pellucid.data import Augmentation, Pipeline
from pellucid.doctor import Doctor
from pellucid.nets import Affine, Conv, Flatten, MaxPool, Network, ReLU, Sigmoid, Softmax
from pellucid.optim import Adam, Momentum
from pellucid.train import Trainer
from pellucid.train.events import EpochDone, StepDone

DIGITS = pellucid.data.load("digits")
X, HELD = (
    part.images.reshape(len(part.images), -1).astype(np.float32) / 8 - 1 for part in (DIGITS.train, DIGITS.validation)
)
Y, HELD_Y = DIGITS.train.labels, DIGITS.validation.labels


def net(*end, inputs=64, outputs=10, seed=0):
    return Network([Affine(32), ReLU(), Affine(outputs), *(layer() for layer in end)], (inputs,), seed=seed)


def found(network, data=(X, Y), held=(HELD, HELD_Y), epochs=6, optimizer=None, also=(), fit=None, **options):
    """Train; return the names of what was found, and the doctor."""
    doctor = Doctor()
    trainer = Trainer(network, Adam() if optimizer is None else optimizer, **options)
    trainer.fit(data, epochs, validation=held, on_event=[doctor, *also], doctor=False, **(fit or {}))
    return [finding.ailment for finding in doctor.findings], doctor


@pytest.mark.parametrize("anew", [True, False])
def test_weights_that_are_made_again_are_named(anew):
    network = net()
    first = network.params.flat.copy()

    def again(event):
        if isinstance(event, EpochDone):
            network.params.flat[...] = net(seed=event.epoch).params.flat if anew else first

    names, doctor = found(network, also=[again])
    assert names[0] == "model-reset"
    assert ("back to where the run began" in doctor.findings[0].evidence) == (not anew)


def test_weights_that_go_back_to_the_best_are_no_reset():
    network, best = net(), {}

    def back(event):
        if isinstance(event, EpochDone):
            best.setdefault(event.train_loss, network.params.flat.copy())
            network.params.flat[...] = best[min(best)]

    assert found(network, also=[back], epochs=10, optimizer=Adam(3e-3))[0] == []


@pytest.mark.parametrize(
    ("changes", "expected"), [({"rotate": 180, "cutout": 6, "scale": 3.0}, True), ({"crop_pad": 1}, False)]
)
def test_augmentation_that_hides_the_classes_is_named(changes, expected):
    network = Network([Conv(8, 3, pad=1), ReLU(), MaxPool(2), Flatten(), Affine(10)], (1, 8, 8))
    images = (X.reshape(-1, 1, 8, 8), Y), (HELD.reshape(-1, 1, 8, 8), HELD_Y)
    options = {"pipeline": Pipeline(augmentation=Augmentation(**changes))}
    names, _ = found(network, *images, epochs=8, optimizer=Adam(3e-3), fit=options)
    assert names[:1] == ["augmentation-too-strong"] * expected


def test_squared_error_of_the_softmax_of_classes_is_named():
    rows = np.eye(10, dtype=np.float32)
    one_hot = {"data": (X, rows[Y]), "held": (HELD, rows[HELD_Y]), "loss": "mse"}
    assert found(net(Softmax), **one_hot)[0][0] == "loss-does-not-fit-output"
    assert found(net(), **one_hot, epochs=12, optimizer=Adam(3e-3))[0] == []


def test_scores_that_a_sigmoid_keeps_together_are_named():
    names, doctor = found(net(Sigmoid))
    assert names[0] == "loss-does-not-fit-output"
    assert "stays above 1.5" in doctor.findings[0].evidence


def rare(separation=2.7):
    """Return two classes, the second with a fiftieth of the rows."""
    y = (np.arange(4000) % 50 == 0).astype(np.int64)
    x = np.random.default_rng(0).standard_normal((4000, 6)).astype(np.float32)
    x[:, 0] += separation * y
    return {"data": (x[:3000], y[:3000]), "held": (x[3000:], y[3000:]), "class_weight": {0: 1.0, 1: 10.0}, "epochs": 10}


def test_accuracy_that_a_constant_answer_has_too_is_named_unless_something_else_is_reported():
    assert found(net(inputs=6, outputs=2), **rare())[0] == ["metric-does-not-fit"]
    assert found(net(inputs=6, outputs=2), **rare(), metrics=["f1"])[0] == []
    assert found(net(inputs=6, outputs=2), **rare(9.0))[0] == []


@pytest.mark.parametrize("size", [800_000, 10])
def test_a_list_that_keeps_arrays_is_named(size):
    kept = []

    def keep(event):
        if isinstance(event, StepDone):
            kept.append(
                mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
            )  # never from what was freed before
            kept[-1].write(b"x" * size)

    names, doctor = found(net(), epochs=8, optimizer=Adam(3e-3), also=[keep])
    if doctor.chart.memory:  # the system says how much memory there is
        assert names == ["memory-grows"] * (size > 10)


@pytest.mark.parametrize(("rate", "expected"), [(0.03, ["momentum-too-high"]), (0.001, [])])
def test_momentum_near_1_is_named_where_it_throws_training_about(rate, expected):
    names, _ = found(net(), epochs=12, optimizer=Momentum(rate, momentum=0.999))
    assert names[:1] == expected


def test_the_target_among_the_inputs_is_named_with_its_column():
    names, doctor = found(net(inputs=65), (np.column_stack([X, 9 - Y]).astype(np.float32), Y), None)
    assert names[0] == "target-in-inputs"
    assert doctor.findings[0].where == "column 64"
    x = np.random.default_rng(0).standard_normal((500, 4)).astype(np.float32)
    assert (
        found(net(inputs=4, outputs=1), (x, 5 - 300 * x[:, 2]), None, epochs=2, loss="mse")[0][0] == "target-in-inputs"
    )


def test_a_column_that_is_enormous_in_validation_only_is_named():
    held = HELD.copy()
    held[:20, 0] = 1e6
    names, doctor = found(net(), held=(held, HELD_Y))
    assert names[0] == "preprocessing-differs"
    assert doctor.findings[0].where == "column 0 of the validation inputs"


def test_numbers_that_follow_from_their_only_input_are_no_leak():
    x = np.linspace(-1, 1, 500, dtype=np.float32)[:, None]
    assert "target-in-inputs" not in found(net(inputs=1, outputs=1), (x, 2 * x[:, 0] - 1), None, loss="mse")[0]


@pytest.mark.parametrize(("shift", "factor", "expected"), [(0.5, 0.5, True), (0.0, 1.5, True), (0.0, 1.05, False)])
def test_validation_rows_of_another_scale_are_named(shift, factor, expected):
    names, _ = found(net(), held=(factor * HELD + shift, HELD_Y), optimizer=Adam(3e-3), epochs=8)
    assert names[:1] == ["preprocessing-differs"] * expected


def yes_or_no(noise):
    """Return two classes of numbers, which a sum with noise decides."""
    draws = np.random.default_rng(0)
    x = draws.standard_normal((800, 6)).astype(np.float32)
    y = (x[:, 0] + x[:, 1] + noise * draws.standard_normal(800) > 0).astype(np.int64)
    return (x[:600], y[:600]), (x[600:], y[600:])


@pytest.mark.parametrize(
    ("rate", "expected"), [(1e-6, ["learning-rate-too-low"]), (5.0, ["learning-rate-too-high"]), (0.01, [])]
)
def test_a_rate_is_judged_where_noise_leaves_little_to_learn(rate, expected):
    data, held = yes_or_no(1.0)
    names, _ = found(net(inputs=6, outputs=1), data, held, epochs=8, optimizer=Adam(rate), loss="bce")
    assert names[:1] == expected


def test_shuffled_answers_to_yes_or_no_are_wrong_labels():
    (x, y), held = yes_or_no(0.0)
    names, _ = found(
        net(inputs=6, outputs=1),
        (x, np.random.default_rng(1).permutation(y)),
        held,
        epochs=5,
        optimizer=Adam(0.01),
        loss="bce",
    )
    assert names[0] == "labels-wrong"
