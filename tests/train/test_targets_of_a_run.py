"""Tests of runs on every kind of target: what the network learns from, and what is reported and given back."""

from functools import partial

import numpy as np
import pytest

import pellucid
from pellucid import Trainer
from pellucid.data import DataError, table_splits
from pellucid.data.targets import Binary, Classes, Numbers
from pellucid.layers import huber_loss
from pellucid.nets import Affine, Network, ReLU
from pellucid.optim import SGD, Adam
from pellucid.shapes import ShapeError

from .small_runs import BATCH, clusters

RNG = np.random.default_rng(0)
X = RNG.standard_normal((120, 5))
SLOPES = RNG.standard_normal((5, 2))
Y = 300 + 50 * X @ SLOPES  # two outputs, far from 0
YES = Y[:, 0] > 300


def trained(y, loss, outputs=1, epochs=30, **options):
    net = Network([Affine(16), ReLU(), Affine(outputs)], (5,))
    trainer = Trainer(net, Adam(learning_rate=0.02), batch_size=BATCH, loss=loss, **options)
    return trainer, trainer.fit((X, y), epochs, validation=(X, y), progress=False)


@pytest.mark.parametrize("loss", ["mse", "mae", "huber"])
@pytest.mark.parametrize(
    "y",
    [Y[:, 0], Y[:, :1], Y[:, 0].astype(np.float32), Y[:, 0].astype(int), Y[:, 0].tolist(), Y],
    ids=lambda y: str(np.shape(y)),
)
def test_numbers_are_learned_and_come_back_in_their_units(loss, y):
    trainer, history = trained(y, loss, np.shape(y)[1] if np.ndim(y) == 2 else 1, metrics=["r2", "rmse"])
    assert history.epochs[-1].metrics["val_r2"] > 0.95
    assert history.epochs[-1].val_loss < 0.1  # of standardized targets
    predicted = trainer.predict(X)
    assert np.abs(predicted - np.reshape(y, predicted.shape)).mean() < 15
    assert predicted.shape == (120,) if np.shape(y) != Y.shape else Y.shape
    error = np.sqrt(((predicted - np.reshape(y, predicted.shape)) ** 2).mean(axis=0)).mean()
    assert trainer.evaluate((X, y)).metrics["rmse"] == pytest.approx(error, rel=1e-5)


def test_every_dtype_and_shape_trains_alike():
    nets = [trained(y, "mse", epochs=2)[0].net for y in (Y[:, 0], Y[:, :1], Y[:, 0].tolist())]
    for net in nets[1:]:
        np.testing.assert_array_equal(net.params.flat, nets[0].params.flat)


def test_numbers_are_standardized_unless_the_target_says_otherwise():
    y = X[:, 0] + 7
    history = trained(y, "mse", epochs=1)[1]
    plain = trained(y, "mse", epochs=1, target=Numbers.of(y, standardize=False))[1]
    assert history.step_losses[0] < 5
    assert plain.step_losses[0] > 20


def test_a_second_fit_keeps_the_means_of_the_first():
    trainer, _ = trained(Y[:, 0], "mse", epochs=1)
    target = trainer.model.target
    trainer.fit((X[:20], Y[:20, 0] + 1000), 1, progress=False)
    assert trainer.model.target == target


@pytest.mark.parametrize("y", [YES, YES.astype(int), np.where(YES, "yes", "no"), YES[:, None], YES.astype(float)])
def test_two_classes_with_one_score(y):
    trainer, history = trained(y, "bce", metrics=["f1", "roc_auc"])
    assert isinstance(trainer.model.target, Binary)
    assert history.val_accuracy[-1] > 0.95
    assert history.train_accuracy[-1] > 0.9
    predicted = trainer.predict(X)
    assert (predicted == np.reshape(y, 120)).mean() == pytest.approx(trainer.evaluate((X, y)).accuracy)
    assert trainer.predict_proba(X).shape == (120, 2)


def test_several_labels_are_right_where_all_are():
    y = np.stack([YES, X[:, 0] > 0, X[:, 1] > 0], axis=1)
    trainer, history = trained(y, "bce", 3, metrics=["f1"])
    assert history.val_accuracy[-1] == pytest.approx((trainer.predict(X) == y).all(axis=1).mean())
    assert history.val_accuracy[-1] > 0.8
    assert history.epochs[-1].metrics["val_f1"] >= history.val_accuracy[-1]


@pytest.mark.parametrize("loss", ["bce", "binary_focal", "mse", "mae", "focal", "svm"])
def test_class_numbers_train_with_every_loss(loss):
    x, y = clusters()
    trainer = Trainer(Network([Affine(3)], (6,)), Adam(learning_rate=0.05), batch_size=BATCH, loss=loss)
    assert trainer.fit((x, y), 30, progress=False).train_accuracy[-1] > 0.75
    assert isinstance(trainer.model.target, Classes)


def test_text_labels_train_as_their_numbers_do():
    x, y = clusters()
    numbers = Trainer(Network([Affine(3)], (6,)), SGD(0.1), batch_size=BATCH)
    numbers.fit((x, y), 2, progress=False)
    words = Trainer(Network([Affine(3)], (6,)), SGD(0.1), batch_size=BATCH)
    words.fit((x, np.array(["a", "b", "c"])[y]), 2, progress=False)
    np.testing.assert_array_equal(words.net.params.flat, numbers.net.params.flat)
    assert words.predict(x[:3]).tolist() == np.array(["a", "b", "c"])[numbers.predict(x[:3])].tolist()


def test_class_weights_of_two_classes_with_one_score():
    plain, heavy = (trained(YES.astype(int), "bce", epochs=1, class_weight=w)[1] for w in (None, {0: 1.0, 1: 9.0}))
    assert plain.step_losses[0] != heavy.step_losses[0]


@pytest.mark.parametrize(
    ("y", "options", "error", "message"),
    [
        (Y[:, 0], {"loss": "softmax", "outputs": 3}, DataError, 'whole numbers or text; row 0 .*loss="mse"'),
        (Y, {"loss": "mse", "outputs": 3}, ShapeError, r"makes 3 scores.*Affine\(2\)"),
        (np.where(YES, "a", "b"), {"loss": "softmax", "outputs": 3}, ShapeError, r"2 classes.*Affine\(2\)"),
        (np.where(YES, "a", "b"), {"loss": "mse", "outputs": 1}, DataError, "must be numbers for regression"),
        (np.where(YES, np.nan, 1.0), {"loss": "mse", "outputs": 1}, DataError, r"row \d+ is nan"),
        ([("a",), ("b",)] * 60, {"loss": "softmax", "outputs": 2}, ShapeError, 'takes labels.*multilabel;.*loss="bce"'),
        (YES, {"loss": "softmax", "target": Numbers.of(YES)}, ShapeError, 'takes labels.*numbers;.*loss="mse"'),
        (np.where(YES, 2, 0), {"loss": "bce", "outputs": 3, "target": Binary(("0", "1"))}, ShapeError, "scores"),
    ],
)
def test_targets_that_do_not_fit_are_refused_before_the_first_step(y, options, error, message):
    with pytest.raises(error, match=message):
        trained(y, **options)


def test_labels_of_the_validation_set_must_be_known():
    trainer = Trainer(Network([Affine(2)], (5,)), batch_size=BATCH)
    with pytest.raises(DataError, match=r"validation: .*row 3 is 'maybe', which is not among the classes no, yes"):
        trainer.fit(
            (X, np.where(YES, "yes", "no")), 1, validation=(X[:4], ["no", "yes", "no", "maybe"]), progress=False
        )
    assert trainer.steps_done == 0


def test_a_step_takes_flat_numbers_of_another_dtype():
    trainer = Trainer(Network([Affine(1)], (5,)), SGD(0.1), batch_size=BATCH, loss="mse")
    other = Trainer(Network([Affine(1)], (5,)), SGD(0.1), batch_size=BATCH, loss="mse")
    y = (X[:BATCH, 0] * 4).astype(np.float32)
    assert trainer.step(X[:BATCH], y.astype(np.float64)) == other.step(X[:BATCH], y[:, None])


def test_an_own_loss_sees_numbers_as_they_are():
    seen = []

    def mine(scores, targets):
        seen.append(targets.mean())
        error = scores - targets
        return float((error**2).mean()), 2 * error / error.size

    trained(Y[:, 0], mine, epochs=1)
    assert min(seen) > 200


@pytest.mark.parametrize("form", ["arrays", "table", "a target"])
def test_a_loss_of_ones_own_gets_numbers_as_they_are(form):
    """From arrays and from tables alike; a target that standardizes is an order to do so."""
    seen = []

    def mine(scores, targets):
        seen.append(targets.copy())
        return float(((scores - targets) ** 2).mean()), 2 * (scores - targets) / scores.size

    y = Y[:, 0]
    table = {f"x{i}": column for i, column in enumerate(X.T)} | {"price": y}
    data = table_splits(table, target="price") if form == "table" else (X, y)
    target = Numbers.of(y) if form == "a target" else None
    trainer = Trainer(Network([Affine(1)], (5,)), SGD(1e-6), batch_size=BATCH, loss=mine, target=target)
    trainer.fit(data, 1, progress=False)
    given = np.concatenate(seen)
    assert np.isin(given.astype(np.float32), trainer.target.encode(y).astype(np.float32)).all()
    assert abs(given.mean()) < 1 if form == "a target" else 200 < given.mean() < 400


@pytest.mark.parametrize("loss", ["huber(delta=0.01)", partial(huber_loss, delta=0.01)], ids=["name", "partial"])
def test_a_loss_of_the_library_with_another_number(loss, tmp_path):
    """It reads standardized numbers like the loss without; files and settings say the number."""
    trainer, history = trained(Y[:, 0], loss, metrics=["r2"])
    assert history.epochs[-1].metrics["val_r2"] > 0.95
    assert trainer.loss == trainer.settings()["loss"] == "huber(delta=0.01)"
    found = trainer.evaluate(X, Y[:, 0])
    assert found.loss == pytest.approx(huber_loss(found.scores, found.targets, delta=0.01)[0], rel=1e-5)
    assert found.loss != pytest.approx(trainer.model.evaluate(X, Y[:, 0], loss="huber").loss, rel=1e-3)
    trainer.model.save(tmp_path / "model.safetensors")
    assert pellucid.load(tmp_path / "model.safetensors").evaluate(X, Y[:, 0]).loss == found.loss
