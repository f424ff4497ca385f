"""Tests of sample and class weights in a run: what weighs nothing does not exist, what weighs twice counts twice."""

import numpy as np
import pytest

from pellucid.data import DataError, epoch_order
from pellucid.nets import Affine, Network
from pellucid.train import Samples, StepDone, evaluate, make_samples

from .small_runs import BATCH, ROWS, clusters, everything, small_trainer


def test_rows_of_weight_zero_do_not_exist():
    """They hold NaN and labels that no class has; the run equals that without them bit for bit, batch norm included."""
    x, y = clusters()
    weights = np.random.default_rng(0).uniform(0.5, 2, ROWS)
    weights[::4] = 0
    bad_x, bad_y = x.copy(), y.copy()
    bad_x[::4], bad_y[::4] = np.nan, 77
    kept = weights > 0
    spoilt, clean = small_trainer(), small_trainer()
    seen = []
    spoilt.fit((bad_x, bad_y), 3, sample_weight=weights, on_event=seen.append)
    clean.fit((x[kept], y[kept]), 3, sample_weight=weights[kept])
    assert everything(spoilt) == everything(clean)
    assert seen[0].samples == kept.sum() == 45
    assert sum(isinstance(e, StepDone) for e in seen) == 3 * 3


def test_a_class_of_weight_zero_does_not_exist():
    x, y = clusters()
    kept = y != 1
    weighted, without = small_trainer(class_weight={1: 0.0}), small_trainer(class_weight={0: 1.0})
    weighted.fit((x, y), 2)
    without.fit((x[kept], y[kept]), 2)
    assert everything(weighted) == everything(without)


def test_class_weights_as_mapping_and_as_sequence_are_the_same():
    runs = []
    for given in ({0: 2.0, 2: 0.25}, [2.0, 1.0, 0.25], np.array([2.0, 1.0, 0.25]), (2, 1, 0.25)):
        trainer = small_trainer(class_weight=given)
        trainer.fit(clusters(), 2)
        runs.append(everything(trainer))
    assert all(run == runs[0] for run in runs)
    plain = small_trainer()
    plain.fit(clusters(), 2)
    assert everything(plain) != runs[0]


def test_class_and_sample_weights_multiply():
    x, y = clusters()
    by_class = np.array([2.0, 1.0, 0.25])
    sample = np.random.default_rng(0).uniform(0.5, 2, ROWS)
    both, product = small_trainer(class_weight=by_class), small_trainer()
    both.fit((x, y), 2, sample_weight=sample)
    product.fit((x, y), 2, sample_weight=sample * by_class[y])
    assert everything(both) == everything(product)


def test_weights_reach_the_rows_they_belong_to():
    """Every row has its own weight; the first step's loss, by hand, with the rows of that step."""
    x, y = clusters()
    weights = np.random.default_rng(0).uniform(0.1, 5, ROWS)
    net = Network([Affine(3)], (6,))
    places = epoch_order(ROWS, seed=0, epoch=0)[:BATCH]
    expected, _ = net.loss(x[places], y[places], weights=weights[places])
    history = small_trainer(net=net, reg=0.0).fit((x, y), 1, sample_weight=weights)
    assert history.step_losses[0] == expected


@pytest.mark.parametrize("loss", ["svm", "mse"])
def test_other_losses_take_weights_too(loss):
    x, y = clusters()
    heavy, plain = small_trainer(loss=loss, class_weight=[5.0, 1.0, 1.0]), small_trainer(loss=loss)
    a = heavy.fit((x, y), 1).step_losses[0]
    b = plain.fit((x, y), 1).step_losses[0]
    assert a != b


def test_heavier_classes_are_recognised_more_often():
    x, y = clusters(120, spread=4.0)
    found = []
    for weight in (1.0, 20.0):
        trainer = small_trainer(class_weight={2: weight}, net=Network([Affine(3)], (6,)))
        trainer.fit((x, y), 20)
        found.append((trainer.net.predict(x).argmax(axis=1) == 2).mean())
    assert found[1] > found[0] + 0.2


def test_evaluation_weighs_loss_and_accuracy_by_rows_and_the_loss_by_classes():
    x, y = clusters(30)
    weights = np.random.default_rng(0).uniform(0.1, 3, 30)
    trainer = small_trainer()
    samples = make_samples("data", (x, y), sample_weight=weights)
    judged = evaluate(trainer.net, samples, loss="softmax", label_smoothing=0.0, layers=trainer.layers)
    scores = trainer.net.predict(x).astype(np.float64)
    shifted = scores - scores.max(axis=1, keepdims=True)
    losses = np.log(np.exp(shifted).sum(axis=1)) - shifted[np.arange(30), y]
    assert judged.loss == pytest.approx((losses * weights).sum() / weights.sum(), rel=1e-5)
    correct = scores.argmax(axis=1) == y
    assert judged.accuracy == pytest.approx((correct * weights).sum() / weights.sum())
    of_classes = make_samples("data", (x, y), class_weight=[1.0, 5.0, 2.0])  # those only count in the loss
    judged = evaluate(trainer.net, of_classes, loss="softmax", label_smoothing=0.0, layers=trainer.layers)
    assert judged.accuracy == pytest.approx(correct.mean())


@pytest.mark.parametrize("batch_size", [1, 7, 30, 100])
def test_evaluation_does_not_depend_on_its_batches(batch_size):
    samples = make_samples("data", clusters(30))
    trainer = small_trainer()
    whole = trainer.evaluate(clusters(30))
    judged = evaluate(
        trainer.net, samples, loss="softmax", label_smoothing=0.0, layers=trainer.layers, batch_size=batch_size
    )
    assert judged.loss == pytest.approx(whole.loss, rel=1e-6)
    assert judged.accuracy == whole.accuracy
    np.testing.assert_allclose(judged.scores, whole.scores, rtol=1e-4, atol=1e-5)


def test_samples_say_whether_they_have_labels():
    x, y = clusters(6)
    assert make_samples("data", (x, y)).labelled
    numbers = make_samples("data", (x, x))
    assert isinstance(numbers, Samples)
    assert not numbers.labelled


def test_class_weights_need_classes():
    x, _ = clusters(6)
    with pytest.raises(DataError, match="class_weight needs class labels"):
        small_trainer(loss="mse", class_weight=[1.0, 2.0]).fit((x, x[:, :3]), 1)
