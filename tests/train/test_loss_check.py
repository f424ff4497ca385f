"""Tests of the check of a loss of one's own: wrong gradients are named with their factor or their entry, correct ones pass."""

import math

import numpy as np
import pytest

from pellucid import Trainer, load
from pellucid.layers import mae_loss
from pellucid.nets import Affine, Network, Sigmoid, StorageError
from pellucid.optim import SGD
from pellucid.shapes import ShapeError

from .small_runs import BATCH, clusters

X, LABELS = clusters()
Y = X @ np.random.default_rng(1).standard_normal((6, 2))


def squared(scores, targets, factor=1.0):
    error = scores - targets
    return float((error**2).mean()), factor * 2 * error / error.size


def fitted(loss, y=Y, outputs=2, layers=(), epochs=1, **options):
    trainer = Trainer(Network([Affine(outputs), *layers], (6,)), SGD(0.05), batch_size=BATCH, loss=loss, **options)
    trainer.fit((X, y), epochs, progress=False)
    return trainer


def scaled(factor):
    return lambda scores, targets: squared(scores, targets, factor)


@pytest.mark.parametrize(
    ("factor", "message"),
    [
        (8, r"dscores is 8 times .* in every entry: is the mean over the batch missing \(N = 8 here\)\?"),
        (16, r"is the mean over all N C = 16 entries missing"),
        (1 / 8, "is dscores divided by N = 8 once too often"),
        (-1, "dscores is -1 times .*: is the sign reversed"),
        (0.5, "dscores is 0.5 times .*: is a factor 2 missing"),
        (3, r"dscores is 3 times the gradient of the loss in every entry \("),
    ],
)
def test_a_factor_is_named_with_its_usual_cause(factor, message):
    with pytest.raises(ShapeError, match=message) as caught:
        fitted(scaled(factor))
    text = str(caught.value)
    assert text.startswith("loss ")
    assert "\n" not in text
    assert "check_loss=False" in text


def test_wrong_entries_are_counted_and_the_worst_is_shown():
    def mine(scores, targets):
        loss, dscores = squared(scores, targets)
        dscores[1, 0] += 1
        dscores[2, 1] -= 0.5
        return loss, dscores

    with pytest.raises(
        ShapeError, match=r"wrong in 2 of 16 entries; at row 1, column 0 it is \S+, and the loss changes"
    ):
        fitted(mine)


def test_nothing_is_trained_with_a_wrong_loss_but_the_check_can_be_switched_off():
    net = Network([Affine(2)], (6,))
    before = net.params.flat.copy()
    trainer = Trainer(net, SGD(0.05), batch_size=BATCH, loss=scaled(3))
    with pytest.raises(ShapeError):
        trainer.fit((X, Y), 1, progress=False)
    np.testing.assert_array_equal(net.params.flat, before)
    assert fitted(scaled(3), check_loss=False).steps_done == 4


def cross_entropy(scores, labels):
    exponentials = np.exp(scores - scores.max(axis=1, keepdims=True))
    p, rows = exponentials / exponentials.sum(axis=1, keepdims=True), np.arange(len(labels))
    loss, dscores = -np.log(p[rows, labels]).mean(), p.copy()
    dscores[rows, labels] -= 1
    return loss, dscores / len(labels)


def in_float32(scores, targets):
    error = (scores - targets).astype(np.float32)
    return (error**2).mean(), 2 * error / np.float32(error.size)


def of_probabilities(p, targets):
    """Only defined in (0, 1), where the network's sigmoid puts its scores."""
    loss = -(targets * np.log(p) + (1 - targets) * np.log(1 - p)).mean()
    return loss, (p - targets) / (p * (1 - p)) / p.size


def test_correct_losses_pass():
    fitted(squared)
    fitted(cross_entropy, LABELS, 3)
    fitted(in_float32)
    fitted(mae_loss)  # has kinks
    fitted(of_probabilities, (Y > 0).astype(int), layers=[Sigmoid()])


def test_a_wrong_loss_in_float32_is_still_found():
    def mine(scores, targets):
        loss, dscores = in_float32(scores, targets)
        return loss, np.float32(1.1) * dscores

    with pytest.raises(ShapeError, match=r"dscores is 1\.\d+ times the gradient"):
        fitted(mine)


def test_a_loss_that_is_not_finite_at_first_is_named():
    with pytest.raises(
        ShapeError, match="loss and dscores must be finite at the network's first scores; the loss is nan"
    ):
        fitted(of_probabilities, (Y > 0).astype(int))


def test_an_own_loss_is_checked_once():
    calls = []

    def mine(scores, targets):
        calls.append(scores.dtype)
        return squared(scores, targets)

    trainer = fitted(mine)
    assert np.dtype(np.float64) in calls
    calls.clear()
    trainer.fit((X, Y), 1, progress=False)
    assert set(calls) == {np.dtype(np.float32)}


def test_an_own_loss_equals_the_library_s():
    own, library = fitted(squared, check_loss=False, epochs=3), fitted("mse", epochs=0 + 3)
    assert own.steps_done == library.steps_done
    y = Y.astype(np.float32)
    pair = [Trainer(Network([Affine(2)], (6,)), SGD(0.05), batch_size=BATCH, loss=loss) for loss in (squared, "mse")]
    losses = [[trainer.step(X[:BATCH], y[:BATCH]) for _ in range(5)] for trainer in pair]
    np.testing.assert_allclose(losses[0], losses[1], rtol=1e-6)


def test_a_resumed_run_must_have_the_same_loss(tmp_path):
    def fit(loss, epochs=2, **options):
        trainer = Trainer(Network([Affine(2)], (6,)), SGD(0.05), batch_size=BATCH, loss=loss)
        trainer.fit((X, Y), epochs, folder=tmp_path / "run", progress=False, **options)

    fit(squared)
    for other, name in ((in_float32, r"\S+in_float32"), ("mse", "mse")):
        with pytest.raises(StorageError, match=rf"other settings: .*loss \S+squared -> {name}"):
            fit(other, resume=True)
    fit(squared, resume=True)


def test_a_model_from_a_file_knows_only_the_name_of_an_own_loss(tmp_path):
    trainer = fitted(squared)
    trainer.model.save(tmp_path / "model.safetensors")
    model = load(tmp_path / "model.safetensors")
    found, expected = model.evaluate((X, Y)), trainer.evaluate((X, Y))
    assert found.loss is None
    assert math.isfinite(expected.loss)
    assert found.metrics == expected.metrics
    np.testing.assert_array_equal(model.predict(X), trainer.predict(X))


def test_what_a_function_of_ones_own_raises_is_said_with_its_name_and_its_form():
    x = np.random.default_rng(0).standard_normal((20, 3))

    def half(predictions):
        return 0.5

    def ratio(scores, targets):
        return 1 / 0

    half_raised = r"raised TypeError: .*half\(\) takes 1 positional argument but 2 were given; it is called as"
    ratio_raised = "raised ZeroDivisionError: division by zero; it is called as"
    for options, says in (
        ({"loss": half}, rf"^loss \S+half {half_raised} loss\(scores, targets\)$"),
        ({"loss": ratio}, rf"^loss \S+ratio {ratio_raised} loss\(scores, targets\)$"),
        ({"loss": ratio, "check_loss": False}, rf"^loss \S+ratio {ratio_raised} loss\(scores, targets\)$"),
        ({"metrics": [half]}, rf"^metric half {half_raised} half\(predictions, targets\)$"),
        ({"metrics": [ratio]}, rf"^metric ratio {ratio_raised} ratio\(predictions, targets\)$"),
    ):
        trainer = Trainer(Network([Affine(1)], (3,)), **options)
        with pytest.raises(ShapeError, match=says) as caught:
            trainer.fit(x, x[:, 0], epochs=1, progress=False)
        assert isinstance(caught.value.__cause__, (TypeError, ZeroDivisionError))
