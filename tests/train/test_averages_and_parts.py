"""Averaged weights, steps in parts, and the schedule that follows the epochs, in whole runs and across resumes."""

import numpy as np
import pytest

from pellucid import Network, Trainer
from pellucid.layers import REFERENCE
from pellucid.nets import Affine, BatchNorm, Dropout, LayerNorm, ReLU
from pellucid.optim import EMA, SGD, SWA, AdamW, ReduceOnPlateau, WarmRestarts
from pellucid.shapes import ShapeError
from pellucid.train import EpochDone, StepDone


def data(rows=80, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((rows, 5)).astype(np.float32)
    return x, (x[:, 0] > x[:, 1]).astype(np.int64)


def layers():
    return [Affine(12), BatchNorm(), ReLU(), Dropout(keep=0.9), Affine(2)]


def trainer(optimizer=None, net=None, **options):
    net = Network(layers(), (5,), seed=1) if net is None else net
    return Trainer(net, AdamW(0.01) if optimizer is None else optimizer, batch_size=16, seed=3, **options)


def arrays_of(trained):
    return trained.net.params.flat.tobytes() + trained.net.state.flat.tobytes()


# --- averages


@pytest.mark.parametrize("average", [EMA(0.9), SWA(0.5)], ids=["ema", "swa"])
def test_the_average_is_what_is_validated_and_left_and_training_itself_is_untouched(average):
    plain, averaged = trainer(), trainer(average=average)
    plain_losses = plain.fit(data(), epochs=4, progress=False).step_losses
    assert averaged.fit(data(), epochs=4, progress=False).step_losses == plain_losses
    assert arrays_of(averaged) != arrays_of(plain)
    np.testing.assert_array_equal(averaged.net.params.flat, averaged.stepper.average.averages[0])
    held = data(seed=1)
    validated = trainer(average=average)
    history = validated.fit(data(), epochs=4, validation=held, progress=False)
    best = history.epochs[history.best_epoch - 1]
    assert validated.evaluate(held).loss == pytest.approx(best.val_loss, rel=1e-5)


def test_ema_by_hand_over_the_weights_of_a_run():
    followed, averaged = trainer(SGD(0.1)), trainer(SGD(0.1), average=EMA(0.8))
    mean, count = followed.net.params.flat.copy().astype(np.float64), 0
    for event in followed.events(data(), 2):
        if isinstance(event, StepDone):
            decay = min(0.8, (1 + count) / (10 + count))
            mean, count = decay * mean + (1 - decay) * followed.net.params.flat, count + 1
    averaged.fit(data(), epochs=2, progress=False)
    np.testing.assert_allclose(averaged.net.params.flat, mean, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    "options",
    [{"average": EMA(0.9)}, {"average": SWA(0.4)}, {"accumulate": 3}, {"schedule": ReduceOnPlateau(0.5, 1)}],
    ids=["ema", "swa", "parts", "plateau"],
)
def test_a_run_resumes_bit_for_bit(options, tmp_path):
    held = data(seed=1)
    whole = trainer(**options)
    whole_losses = whole.fit(data(), epochs=6, validation=held, progress=False).step_losses
    stopped = trainer(**options)
    for event in stopped.events(data(), 6, validation=held, folder=tmp_path, checkpoint_every=2):
        if isinstance(event, StepDone) and event.step == 18:
            break
    again = trainer(**options)
    losses = again.fit(data(), epochs=6, validation=held, folder=tmp_path, resume=True, progress=False).step_losses
    assert arrays_of(again) == arrays_of(whole)
    assert losses == whole_losses[-len(losses) :]


def test_a_resume_with_another_average_is_refused(tmp_path):
    trainer(average=EMA(0.9)).fit(data(), epochs=1, folder=tmp_path, progress=False)
    with pytest.raises(ValueError, match="other settings: average EMA"):
        trainer(average=EMA(0.8)).fit(data(), epochs=1, folder=tmp_path, resume=True, progress=False)


def test_a_second_fit_averages_from_where_it_begins():
    twice = trainer(average=SWA(0.9))
    twice.fit(data(), epochs=2, progress=False)
    twice.fit(data(), epochs=1, progress=False)
    assert twice.stepper.average.count[0] == 1  # the last of five steps


def test_what_is_no_average_is_refused():
    with pytest.raises(ShapeError, match=r"Trainer: average must be EMA\(\), SWA\(\) or None; got 0.9"):
        trainer(average=0.9)


# --- steps in parts


def smooth(seed=1, dtype=np.float64):
    return Network([Affine(12), LayerNorm(), ReLU(), Affine(2)], (5,), seed=seed, dtype=dtype)


@pytest.mark.parametrize("parts", [2, 3, 5, 16])
@pytest.mark.parametrize("weighted", [False, True])
def test_a_step_in_parts_is_the_step(parts, weighted):
    x, y = data(14)
    weights = np.random.default_rng(2).uniform(0.2, 3, 14) if weighted else None
    whole, divided = (trainer(SGD(0.1), smooth(), layers=REFERENCE, accumulate=n) for n in (1, parts))
    for _ in range(3):
        losses = [one.step(x.astype(np.float64), y, weights=weights) for one in (whole, divided)]
        assert losses[1] == pytest.approx(losses[0], rel=1e-10)
    np.testing.assert_allclose(divided.net.params.flat, whole.net.params.flat, rtol=1e-9, atol=1e-12)
    assert divided.plan.batch_size == -(-16 // parts)


def test_a_step_in_parts_needs_less_memory():
    net = Network([Affine(500), ReLU(), Affine(500), ReLU(), Affine(2)], (200,))
    whole, divided = (Trainer(net, batch_size=512, accumulate=n) for n in (1, 8))
    assert divided.plan.memory().arena < 0.3 * whole.plan.memory().arena


def test_each_part_drops_entries_of_its_own_and_moves_the_statistics():
    net = Network([BatchNorm(), Dropout(0.5), Affine(2)], (5,), seed=1)
    divided = trainer(SGD(0.1), net, accumulate=2)
    row, label = np.ones((16, 5), np.float32), np.zeros(16, np.int64)
    row[:8] = row[8:] = np.random.default_rng(0).standard_normal((8, 5))
    result = divided.stepper.step(row, label, None, learning_rate=0.1)
    assert not np.array_equal(result.scores[:8], result.scores[8:])
    mean = row[:8].mean(axis=0)
    np.testing.assert_allclose(net.state["batchnorm1.mean"], (1 - 0.9**2) * mean, rtol=1e-5)


def test_a_step_that_is_not_made_moves_nothing():
    divided = trainer(accumulate=4)
    x, y = data(16)
    x[13] = np.inf
    before = arrays_of(divided)
    with pytest.raises(ArithmeticError):
        divided.step(x, y)
    assert arrays_of(divided) == before


def test_a_later_part_that_is_refused_leaves_the_statistics_of_the_earlier_ones_unmoved():
    divided = trainer(accumulate=4)
    x, y = data(16)
    y[13] = 1000
    before = arrays_of(divided)
    with pytest.raises(ShapeError):
        divided.step(x, y)
    assert arrays_of(divided) == before


# --- schedules


def test_the_rate_falls_when_epochs_stop_getting_better():
    schedule = ReduceOnPlateau(factor=0.5, patience=2)
    epochs = [
        event
        for event in trainer(SGD(2.0), schedule=schedule).events(data(), 14, validation=data(seed=1))
        if isinstance(event, EpochDone)
    ]
    better = [epoch.best for epoch in epochs]
    expected = [2.0 * schedule.after(better[:number]) for number in range(len(epochs))]
    assert [epoch.learning_rate for epoch in epochs] == pytest.approx(expected)
    assert min(expected) < 2.0, "no plateau was reached, so the test shows nothing"


def test_without_validation_there_is_no_plateau_to_see():
    with pytest.raises(ShapeError, match="ReduceOnPlateau needs validation data"):
        trainer(schedule=ReduceOnPlateau()).fit(data(), epochs=1, progress=False)


def test_restarts_in_a_run():
    rates = [
        event.learning_rate
        for event in trainer(SGD(1.0), schedule=WarmRestarts(cycles=2, growth=1)).events(data(), 4)
        if isinstance(event, StepDone)
    ]
    assert rates[0] == rates[10] == 1.0
    assert max(rates[7:10]) < 0.3
