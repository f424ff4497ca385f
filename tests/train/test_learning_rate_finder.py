"""The learning-rate range test: what it suggests and why, and that it leaves everything as it was."""

import numpy as np
import pytest

from pellucid import Network, Trainer
from pellucid.nets import Affine, BatchNorm, Dropout, ReLU
from pellucid.optim import SGD, AdamW
from pellucid.shapes import ShapeError
from pellucid.train.learning_rate import LearningRateTest


def data(rows=128, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((rows, 6)).astype(np.float32)
    return x, (x[:, 0] + x[:, 1] > 0).astype(np.int64)


def trainer(optimizer=None):
    net = Network([Affine(16), BatchNorm(), ReLU(), Dropout(keep=0.8), Affine(2)], (6,), seed=1)
    return Trainer(net, AdamW(1e-3) if optimizer is None else optimizer, batch_size=16, seed=3)


def state_of(trained):
    arrays = [trained.net.params.flat, trained.net.state.flat, *trained.moments]
    return [array.tobytes() for array in arrays], trained.steps_done, trained.optimizer


@pytest.mark.parametrize("optimizer", [AdamW(1e-3), SGD(0.1)], ids=["adamw", "sgd"])
def test_everything_is_left_as_it_was_bit_for_bit(optimizer):
    """A fit after the test is the fit that would have been without it, also in the middle of a training."""
    tested, untouched = trainer(optimizer), trainer(optimizer)
    for one in (tested, untouched):
        one.fit(data(), epochs=1, progress=False)
    before = state_of(tested)
    found = tested.find_learning_rate(data(), stop=1e6)  # far enough to diverge
    assert len(found.losses) > 20
    assert max(found.losses) > 2 * found.losses[0], "the test did not reach rates at which the loss grows"
    assert state_of(tested) == before
    for one in (tested, untouched):
        one.fit(data(), epochs=2, progress=False)
    assert state_of(tested) == state_of(untouched)


def test_an_error_in_the_middle_leaves_everything_too(monkeypatch):
    tested = trainer()
    before = state_of(tested)
    step = tested.stepper.step
    calls = []

    def failing(*args, **options):
        calls.append(1)
        if len(calls) == 7:
            raise RuntimeError("in the middle")
        return step(*args, **options)

    monkeypatch.setattr(tested.stepper, "step", failing)
    with pytest.raises(RuntimeError, match="in the middle"):
        tested.find_learning_rate(data())
    assert state_of(tested) == before


def test_a_fit_at_the_suggestion_learns():
    optimizer = SGD(0.01)
    found = trainer(optimizer).find_learning_rate(data())
    assert 1e-4 < found.suggestion < 1
    slow = trainer(SGD(found.suggestion / 1000)).fit(data(), epochs=3, progress=False).train_loss[-1]
    assert trainer(SGD(found.suggestion)).fit(data(), epochs=3, progress=False).train_loss[-1] < 0.8 * slow


def test_the_suggestion_is_a_tenth_of_the_rate_of_the_lowest_smoothed_loss():
    rates = np.geomspace(1e-5, 10, 121).tolist()
    losses = [2 - min(max(np.log10(rate) + 3, 0), 1.9) + max(np.log10(rate), 0) * 30 for rate in rates]
    found = LearningRateTest.of(rates, losses, fallback=0.5)
    assert 0.05 < found.suggestion < 0.2  # the loss turns at 1; the mean lags a little behind
    for part in ("the smoothed loss fell from 2 to", "and rose beyond it", "a tenth of that rate"):
        assert part in found.reason
    assert str(found).startswith(f"learning rate {found.suggestion:g}: the smoothed loss fell")


def test_a_loss_that_still_falls_asks_for_a_larger_stop():
    rates = np.geomspace(1e-5, 1e-2, 50).tolist()
    found = LearningRateTest.of(rates, np.linspace(3, 1, 50).tolist(), fallback=0.5)
    assert found.suggestion == 1e-3
    assert "the largest rate of the test; try a larger stop" in found.reason


def test_a_loss_that_never_falls_suggests_the_optimizers_own_rate():
    rng = np.random.default_rng(0)
    losses = (1 + 0.01 * rng.standard_normal(50)).tolist()
    found = LearningRateTest.of(np.geomspace(1e-5, 1, 50).tolist(), losses, fallback=0.037)
    assert found.suggestion == 0.037
    assert "never fell by more than 5%" in found.reason


def test_the_plot_and_the_table():
    found = trainer().find_learning_rate(data(), steps=30)
    axes = found.plot().axes[0]
    assert axes.get_xscale() == "log"
    assert len(axes.lines) == 3
    pytest.importorskip("pandas")
    frame = found.to_frame()
    assert list(frame.columns) == ["learning_rate", "loss", "smoothed_loss"]
    assert len(frame) == len(found.losses)


def test_the_test_says_nothing_of_data_and_targets_to_later_fits():
    tested = trainer()
    tested.find_learning_rate(*data())
    assert tested.target is None


@pytest.mark.parametrize(
    ("options", "part"),
    [
        ({"start": 0.0}, "find_learning_rate: start must be"),
        ({"start": 1.0, "stop": 0.1}, "find_learning_rate: stop must be"),
        ({"steps": 3}, "find_learning_rate: steps must be a whole number of at least 10; got 3"),
    ],
)
def test_a_range_that_is_none_is_refused(options, part):
    with pytest.raises(ShapeError) as caught:
        trainer().find_learning_rate(data(), **options)
    assert part in str(caught.value)


def test_a_loss_that_is_not_finite_from_the_start_is_one_line():
    x, y = data()
    tested = trainer()
    tested.net.params["affine1.weight"] = np.full((6, 16), np.inf)
    with pytest.raises(ShapeError) as caught:
        tested.find_learning_rate((x, y))
    assert str(caught.value).startswith("find_learning_rate: ")
    assert "\n" not in str(caught.value)
