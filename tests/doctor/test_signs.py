"""Tests of what ailments read from a chart alone: settings of frameworks that Pellucid's trainer does not have."""

from dataclasses import replace

import numpy as np
import pytest

from pellucid.doctor import AILMENTS, Chart
from pellucid.doctor.between_epochs import BetweenEpochs
from pellucid.doctor.data_facts import facts_of
from pellucid.doctor.examinations.scaling import with_standardized_inputs
from pellucid.doctor.examinations.trial import TrialRun, as_it_is
from pellucid.doctor.memory import MemoryWatch
from pellucid.doctor.patient import LayerInfo, LossSettings, OptimizerSettings, Rows, Setup
from pellucid.doctor.vitals import LayerVitals, MemoryVitals, StepVitals

X = np.random.default_rng(0).standard_normal((64, 3)).astype(np.float32)
MB = 10**6


class Outputs:
    """A patient whose network makes given numbers."""

    def __init__(self, outputs):
        self.made = np.array(outputs, np.float32)

    def rows(self, part, count):
        return Rows(X[: len(self.made)], np.zeros(len(self.made), np.int64))

    def outputs(self, x, *, training=False):
        return self.made


def chart(loss, y, kind="affine", outputs=1, patient=None, **more):
    """Return a chart with these targets."""
    setup = Setup(
        "torch",
        (LayerInfo("last", kind),),
        OptimizerSettings("sgd", 0.1),
        loss,
        16,
        outputs=outputs,
        metrics=more.pop("metrics", ()),
    )
    return Chart(setup, facts_of(Rows(X, np.asarray(y)), None, loss, outputs), patient=patient, **more)


def sign(name, one):
    return AILMENTS[name].look(one)


NUMBERS, CLASSES = np.linspace(0, 9, 64, dtype=np.float32), np.arange(64) % 2
MSE, CROSS_ENTROPY = LossSettings("mse", "numbers"), LossSettings("softmax", "labels")
BINARY, PROBABILITIES = LossSettings("bce", "indicators"), LossSettings("softmax", "labels", "probabilities")


@pytest.mark.parametrize(
    ("loss", "y", "options", "part"),
    [
        (CROSS_ENTROPY, 0 * CLASSES, {}, "no other class"),
        (BINARY, NUMBERS[:, None], {}, "between 0 and 9"),
        (PROBABILITIES, CLASSES, {"outputs": 2, "patient": Outputs([[-3, 1], [2, 4]])}, "between -3 and 4"),
        (CROSS_ENTROPY, CLASSES, {"outputs": 2, "kind": "sigmoid"}, "stays above 0.31"),
        (CROSS_ENTROPY, CLASSES, {"outputs": 2}, None),
        (BINARY, CLASSES[:, None], {}, None),
        (PROBABILITIES, CLASSES, {"outputs": 2, "patient": Outputs([[0.3, 0.7], [1, 0]])}, None),
        (MSE, NUMBERS, {}, None),
    ],
)
def test_a_loss_that_does_not_fit_its_output_is_named(loss, y, options, part):
    seen = sign("loss-does-not-fit-output", chart(loss, y, **options))
    assert (seen is None) if part is None else part in seen.evidence


@pytest.mark.parametrize(
    ("loss", "y", "expected"),
    [(MSE, NUMBERS, True), (MSE, CLASSES.astype(float), False), (CROSS_ENTROPY, CLASSES, False)],
)
def test_accuracy_of_numbers_does_not_fit(loss, y, expected):
    assert (sign("metric-does-not-fit", chart(loss, y, outputs=2, metrics=("accuracy",))) is not None) == expected


def memory(sizes, every=100):
    return [MemoryVitals(step * every, round(size * MB)) for step, size in enumerate(sizes, 1)]


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        (range(100, 300, 10), True),
        ([100] * 10 + [500] * 10, False),  # a second network was loaded
        ([100 + min(10 * step, 150) for step in range(20)], False),  # data that are kept as they are read
        ([100 + step for step in range(20)], False),  # little
        ([100 + 30 * (step % 5) for step in range(20)], False),  # up and down
    ],
)
def test_memory_grows_only_where_it_grows_steadily_and_by_much(sizes, expected):
    assert (sign("memory-grows", chart(MSE, NUMBERS, memory=memory(sizes))) is not None) == expected


def test_memory_is_read_at_steps_whose_distances_grow():
    watch = MemoryWatch()
    read = [step for step in range(1, 10_001) if watch.after_step(step) is not None]
    if read:  # the system says how much memory there is
        assert read[:3] == [1, 2, 3]
        assert 4 < sum(step > 5000 for step in read) < len(read) < 60


def test_weights_are_compared_between_epochs_only():
    watch, weights = BetweenEpochs(np.zeros(4) + 1), np.ones(4)
    jumps = []
    for step in range(1, 31):
        weights = weights * 1.01
        if (jump := watch.after_step(step, weights, 1.0)) is not None:
            jumps.append(jump)
        if step % 10 == 0:
            watch.end_epoch(weights)
            weights = weights * (1 + (step == 10))
    assert [jump.step for jump in jumps] == [11, 21]
    assert jumps[0].change == pytest.approx(1.02)
    assert jumps[0].update == pytest.approx(0.01)
    assert jumps[1].change == pytest.approx(0.01)
    assert jumps[0].from_start_after == pytest.approx(2 * 1.01**11 - 1)


class Woken(Outputs):
    """A patient whose rectified units are 0 on the first rows only."""

    def activations(self, x, *, training=False):
        return {"last": self.made}


@pytest.mark.parametrize(("rows", "expected"), [([[0, 0], [0, 0]], True), ([[0, 0], [1, 2]], False)])
def test_units_that_other_rows_wake_are_not_dead(rows, expected):
    dead = LayerVitals("last", "relu", 0.0, 0.0, 1.0, 1.0, 0.0)
    steps = [StepVitals(3, 1, 2.0, 0.1, 1.0, (dead,))]
    one = chart(CROSS_ENTROPY, CLASSES, "relu", outputs=2, patient=Woken(rows), steps=steps)
    assert (sign("dead-units", one) is not None) == expected


@pytest.mark.parametrize(
    ("final", "standardized", "expected"),
    [(0.69, 0.5, True), (0.69, 0.6, False), (0.4, 0.3, False), (0.4, 0.15, True)],
)
def test_unscaled_inputs_are_named_where_scaling_helps_a_run_that_stands(final, standardized, expected):
    one = chart(CROSS_ENTROPY, CLASSES, outputs=2, losses=[final] * 20)
    one.data = replace(one.data, inputs=replace(one.data.inputs, scale=200.0))
    tried = {
        as_it_is: TrialRun(0.9, final, final, 80),
        with_standardized_inputs: TrialRun(0.7, standardized, standardized, 80),
    }
    one.examine = tried.__getitem__
    assert (sign("inputs-not-scaled", one) is not None) == expected
