"""What rows count in what is measured: `evaluate(..., sample_weight=)`, weights of validation data and of a share held out."""

import numpy as np
import pytest

from pellucid import Trainer
from pellucid.data import DataError, table_splits
from pellucid.layers import LOSS_KINDS
from pellucid.nets import Affine, Network
from pellucid.optim import Adam
from pellucid.train.parts import parts_of

RNG = np.random.default_rng(0)
X = RNG.standard_normal((60, 3))
WEIGHTS = RNG.integers(0, 4, 60)
TARGETS = {  # by loss: targets and outputs
    "softmax": (np.array(["a", "b", "c"])[(X + RNG.standard_normal(X.shape)).argmax(axis=1)], 3, ["f1", "top_2"]),
    "bce": (X[:, 0] + RNG.standard_normal(60) > 0, 1, ["roc_auc", "calibration_error"]),
    "mse": (100 + 10 * X[:, 0] + RNG.standard_normal(60), 1, ["r2", "mae"]),
}


def fitted(loss, **options):
    y, outputs, metrics = TARGETS[loss]
    trainer = Trainer(Network([Affine(outputs)], (3,)), Adam(lr=0.05), loss=loss, metrics=metrics, batch_size=16)
    history = trainer.fit(X, y, 2, progress=False, **options)
    return trainer, history


@pytest.mark.parametrize("loss", TARGETS)
def test_weights_are_repetitions_in_everything_that_is_evaluated(loss):
    y, _, metrics = TARGETS[loss]
    trainer, _ = fitted(loss)
    rows = np.repeat(np.arange(60), WEIGHTS)
    for evaluate in (trainer.evaluate, lambda *data, **given: trainer.model.evaluate(*data, metrics=metrics, **given)):
        weighted, repeated, plain = evaluate(X, y, sample_weight=WEIGHTS), evaluate(X[rows], y[rows]), evaluate(X, y)
        assert weighted.loss == pytest.approx(repeated.loss, rel=1e-5)
        assert weighted.accuracy == pytest.approx(repeated.accuracy, nan_ok=True)
        assert dict(weighted.metrics) == pytest.approx(dict(repeated.metrics), rel=1e-5)
        assert weighted.loss != pytest.approx(plain.loss, rel=1e-3)
        assert list(weighted.metrics) == metrics
        assert len(weighted.scores) == (WEIGHTS > 0).sum()


def test_rows_without_weight_may_hold_anything():
    trainer, _ = fitted("mse")
    y, weights = TARGETS["mse"][0].copy(), np.ones(60)
    y[3], weights[3] = np.nan, 0
    assert np.isfinite(trainer.evaluate(X, y, sample_weight=weights).loss)
    with pytest.raises(DataError, match=r"evaluate: sample_weight must be 60 finite numbers .*; got \(59,\)"):
        trainer.evaluate(X, y, sample_weight=weights[:59])
    with pytest.raises(DataError, match="evaluate: at least one row must have a weight above 0"):
        trainer.evaluate(X, TARGETS["mse"][0], sample_weight=np.zeros(60))


def test_rows_of_a_table_are_weighted():
    y = TARGETS["mse"][0]
    splits = table_splits({"a": X[:, 0], "b": X[:, 1], "price": y}, target="price")
    trainer = Trainer(Network([Affine(1)], splits.sample_shape), loss="mse")
    trainer.fit(splits, 1, progress=False)
    weights = np.arange(len(splits.test.table))
    rows = np.repeat(weights, weights)
    expected = trainer.evaluate(splits.test.table[rows], splits.test.target[rows])
    assert trainer.evaluate(splits.test, sample_weight=weights).metrics["r2"] == pytest.approx(expected.metrics["r2"])


@pytest.mark.parametrize("loss", TARGETS)
def test_weights_of_validation_data_count_in_each_epoch(loss):
    y, _, metrics = TARGETS[loss]
    trainer, history = fitted(loss, validation=(X, y, WEIGHTS))
    best = history.epochs[history.best_epoch - 1]
    found = trainer.evaluate(X, y, sample_weight=WEIGHTS)
    assert best.val_loss == pytest.approx(found.loss)
    assert {name: best.metrics[f"val_{name}"] for name in metrics} == pytest.approx(dict(found.metrics))
    if LOSS_KINDS[loss].takes != "numbers":
        assert best.val_accuracy == pytest.approx(found.accuracy)


def test_a_share_held_out_takes_its_weights_along():
    y = TARGETS["softmax"][0]
    train, held = parts_of((X, y), None, 0.25, seed=0, sample_weight=WEIGHTS)
    for part in (train, held):
        rows = [int(np.flatnonzero((row == X).all(axis=1))[0]) for row in part.inputs]
        np.testing.assert_array_equal(part.weights, WEIGHTS[rows])
    trainer, history = fitted("softmax", validation=0.25, sample_weight=WEIGHTS)
    expected = trainer.evaluate(held.inputs, held.targets, sample_weight=held.weights)
    best = history.epochs[history.best_epoch - 1]
    assert (best.val_loss, best.val_accuracy) == pytest.approx((expected.loss, expected.accuracy))
    with pytest.raises(DataError, match=r"data: sample_weight must be 60 finite numbers .*; got \(7,\)"):
        trainer.fit(X, y, 1, sample_weight=np.ones(7), validation=0.25, progress=False)
