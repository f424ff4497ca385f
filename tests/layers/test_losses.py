"""Tests of `losses`."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pellucid.layers import LOSS_KINDS, mse_loss, softmax_loss, svm_loss
from pellucid.shapes import ShapeError

from .layer_checks import assert_gradients, assert_same_as_peer, examples, loss_as_layer, normal, seeds

LOSSES = [kind.function for kind in LOSS_KINDS.values()]
smoothings = st.sampled_from([0.0, 0.1, 0.5, 0.99])


@st.composite
def batches(draw, least_classes=1):
    """(scores, labels, weights or None): from 1 row and 1 class on; some weights 0."""
    rows, classes, seed = draw(st.integers(1, 5)), draw(st.integers(least_classes, 5)), draw(seeds)
    rng = np.random.default_rng(seed)
    weights = rng.integers(0, 4, rows) * 0.75
    weights[rng.integers(rows)] = 1.5
    return (
        2 * rng.standard_normal((rows, classes)),
        rng.integers(0, classes, rows),
        weights if draw(st.booleans()) else None,
    )


def away_from_hinges(scores, labels):
    return np.min(np.abs(scores - scores[np.arange(len(labels)), labels][:, None] + 1)) > 1e-3


@given(batch=batches(), smoothing=smoothings)
@examples(30)
def test_gradients_of_softmax(batch, smoothing):
    scores, labels, weights = batch
    assume(scores.shape[1] > 1)  # one class: see test_one_class_has_no_gradient
    assert_gradients(*loss_as_layer(softmax_loss, labels, label_smoothing=smoothing, weights=weights), scores)


@given(batch=batches())
@examples(30)
def test_gradients_of_svm(batch):
    scores, labels, weights = batch
    assume(away_from_hinges(scores, labels))
    assert_gradients(*loss_as_layer(svm_loss, labels, weights=weights), scores)


@given(batch=batches(), as_numbers=st.booleans(), seed=seeds)
@examples(30)
def test_gradients_of_mse(batch, as_numbers, seed):
    scores, labels, weights = batch
    targets = normal(seed, scores.shape)[0] if as_numbers else labels
    assert_gradients(*loss_as_layer(mse_loss, targets, weights=weights), scores)


def weighted_mean(torch, losses, weights):
    w = torch.ones(len(losses), dtype=torch.float64) if weights is None else torch.from_numpy(weights)
    return (w * losses).sum() / w.sum()


@pytest.mark.peers
@given(batch=batches(), smoothing=smoothings)
@examples(40)
def test_softmax_equals_pytorch(torch, batch, smoothing):
    scores, labels, weights = batch
    layer = loss_as_layer(softmax_loss, labels, label_smoothing=smoothing, weights=weights)
    target = torch.from_numpy(labels)
    cross_entropy = torch.nn.functional.cross_entropy

    def peer(scores):
        losses = cross_entropy(scores, target, label_smoothing=smoothing, reduction="none")
        return weighted_mean(torch, losses, weights)

    assert_same_as_peer(torch, layer, peer, scores)


@pytest.mark.peers
@given(batch=batches(), seed=seeds)
@examples(20)
def test_softmax_with_class_weights_equals_pytorch(torch, batch, seed):
    """PyTorch divides by the sum of the rows' class weights; with smoothing its definition is another."""
    scores, labels, _ = batch
    of_class = np.random.default_rng(seed).uniform(0.1, 3, scores.shape[1])
    layer = loss_as_layer(softmax_loss, labels, weights=of_class[labels])
    target, weight = torch.from_numpy(labels), torch.from_numpy(of_class)
    cross_entropy = torch.nn.functional.cross_entropy
    assert_same_as_peer(torch, layer, lambda scores: cross_entropy(scores, target, weight=weight), scores)


@pytest.mark.peers
@given(batch=batches())
@examples(30)
def test_svm_equals_pytorch(torch, batch):
    """PyTorch divides each row's loss by the number of classes."""
    scores, labels, weights = batch
    target = torch.from_numpy(labels)
    margin_loss = torch.nn.functional.multi_margin_loss

    def peer(scores):
        return weighted_mean(torch, margin_loss(scores, target, reduction="none") * scores.shape[1], weights)

    assert_same_as_peer(torch, loss_as_layer(svm_loss, labels, weights=weights), peer, scores)


@pytest.mark.peers
@given(batch=batches(), seed=seeds)
@examples(20)
def test_mse_equals_pytorch(torch, batch, seed):
    scores = batch[0]
    targets = normal(seed, scores.shape)[0]
    target = torch.from_numpy(targets)
    function = torch.nn.functional.mse_loss
    assert_same_as_peer(torch, loss_as_layer(mse_loss, targets), lambda scores: function(scores, target), scores)


@pytest.mark.parametrize("classes", [1, 2, 10, 33])
@pytest.mark.parametrize("rows", [1, 7])
def test_loss_of_equal_scores(rows, classes):
    """What a new network shows: ln C, and C - 1. Averaging twice, or counting the right class, shows another number."""
    scores, labels = np.full((rows, classes), 0.3), np.arange(rows) % classes
    assert math.isclose(softmax_loss(scores, labels)[0], math.log(classes), abs_tol=1e-14)
    assert math.isclose(softmax_loss(scores, labels, label_smoothing=0.1)[0], math.log(classes), abs_tol=1e-14)
    assert math.isclose(svm_loss(scores, labels)[0], classes - 1, abs_tol=1e-12)


def test_mse_by_hand():
    loss, dscores = mse_loss(np.array([[1.0, 2.0], [0.0, 0.0]]), np.array([[0.0, 0.0], [0.0, 4.0]]))
    assert loss == ((1 + 4) / 2 + 16 / 2) / 2
    assert dscores.tolist() == [[0.5, 1.0], [0.0, -2.0]]


def test_mse_reads_labels_as_one_hot_rows():
    scores, labels = normal(0, (3, 4))[0], np.array([3, 0, 1])
    one_hot = np.array([[0.0, 0, 0, 1], [1, 0, 0, 0], [0, 1, 0, 0]])
    assert mse_loss(scores, labels)[0] == mse_loss(scores, one_hot)[0]
    np.testing.assert_array_equal(mse_loss(scores, labels)[1], mse_loss(scores, one_hot)[1])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.filterwarnings("error")
def test_huge_logits_are_finite_and_right(dtype, smoothing):
    scores, labels = np.array([[1e4, -1e4], [1e4, -1e4], [-1e4, 1e4]], dtype), np.array([0, 1, 1])
    loss, dscores = softmax_loss(scores, labels, label_smoothing=smoothing)
    away = 2e4 * smoothing / 2  # what the smoothed target asks of the class 20000 below
    assert math.isclose(loss, (away + (2e4 - away) + away) / 3, rel_tol=1e-6)
    half = smoothing / 2
    expected = [[half, -half], [1 - half, half - 1], [-half, half]]
    np.testing.assert_allclose(dscores, np.array(expected) / 3, atol=1e-7)


@pytest.mark.filterwarnings("error")
def test_each_row_subtracts_its_own_maximum():
    """The maximum of the whole batch would leave the second row nothing but underflow."""
    loss, dscores = softmax_loss(np.array([[1e4, 1e4], [-1e4, -1e4]]), np.array([0, 1]))
    assert math.isclose(loss, math.log(2), rel_tol=1e-14)
    np.testing.assert_allclose(dscores, [[-0.25, 0.25], [0.25, -0.25]], rtol=1e-14)


@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
def test_a_class_ruled_out_by_minus_infinity_contributes_nothing():
    loss, dscores = softmax_loss(np.array([[0.0, -np.inf, 0.0]]), np.array([2]))
    assert math.isclose(loss, math.log(2), rel_tol=1e-14)
    np.testing.assert_allclose(dscores, [[0.5, 0, -0.5]], rtol=1e-14)


@given(batch=batches(), smoothing=smoothings)
@examples(15)
def test_a_shift_of_all_logits_changes_nothing(batch, smoothing):
    scores, labels, weights = batch
    scores = np.round(scores * 1024) / 1024  # so that adding 10000 is exact
    loss, dscores = softmax_loss(scores, labels, label_smoothing=smoothing, weights=weights)
    shifted, dshifted = softmax_loss(scores + 1e4, labels, label_smoothing=smoothing, weights=weights)
    assert loss == shifted
    np.testing.assert_array_equal(dscores, dshifted)


@pytest.mark.parametrize("loss", LOSSES)
@given(batch=batches())
@examples(10)
def test_listing_the_batch_twice_changes_no_loss(loss, batch):
    scores, labels, weights = batch
    twice = None if weights is None else np.tile(weights, 2)
    value, gradient = loss(scores, labels, weights=weights)
    value_twice, gradient_twice = loss(np.tile(scores, (2, 1)), np.tile(labels, 2), weights=twice)
    assert math.isclose(value, value_twice, rel_tol=1e-12, abs_tol=1e-14)
    np.testing.assert_allclose(np.tile(gradient, (2, 1)), 2 * gradient_twice, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("loss", LOSSES)
def test_weight_2_is_the_row_twice_and_weight_0_is_no_row(loss):
    scores, labels = normal(3, (3, 4))[0], np.array([0, 3, 2])
    value, gradient = loss(scores, labels, weights=np.array([2.0, 1.0, 0.0]))
    listed, of_listed = loss(scores[[0, 0, 1]], labels[[0, 0, 1]])
    assert math.isclose(value, listed, rel_tol=1e-14)
    np.testing.assert_allclose(gradient, [2 * of_listed[0], of_listed[2], 0 * of_listed[0]], rtol=1e-13, atol=0)


@pytest.mark.parametrize("loss", LOSSES)
def test_scaling_all_weights_changes_nothing(loss):
    scores, labels, weights = normal(4, (3, 4))[0], np.array([0, 3, 2]), np.array([1.0, 2.0, 5.0])
    value, gradient = loss(scores, labels, weights=weights)
    scaled, of_scaled = loss(scores, labels, weights=8 * weights)
    assert value == scaled
    np.testing.assert_array_equal(gradient, of_scaled)


@pytest.mark.parametrize("loss", [softmax_loss, svm_loss])
def test_each_row_of_the_gradient_sums_to_0(loss):
    scores, labels = normal(5, (6, 5))[0], np.arange(6) % 5
    np.testing.assert_allclose(loss(scores, labels)[1].sum(axis=1), 0, atol=1e-15)


def test_one_class_has_no_gradient():
    scores, labels = np.array([[3.0], [-2.0]]), np.array([0, 0])
    for smoothing in (0.0, 0.1, 0.35):
        loss, dscores = softmax_loss(scores, labels, label_smoothing=smoothing)
        assert loss == 0
        np.testing.assert_allclose(dscores, 0, atol=1e-16)
    assert svm_loss(scores, labels)[0] == 0


def test_the_loss_is_a_python_float():
    for dtype in (np.float32, np.float64):
        for loss in LOSSES:
            assert type(loss(np.ones((2, 3), dtype), np.array([0, 1]))[0]) is float


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (np.array([0, 3]), "labels must lie in 0..2 for 3 classes; row 1 is 3"),
        (np.array([-1, 0]), "labels must lie in 0..2 for 3 classes; row 0 is -1"),
        (np.array([0.0, 1.0]), "labels must be an array of whole numbers; got float64"),
        (np.array([0, 1, 2]), r"labels must have shape \(N,\) = \(2,\), one for each row; got \(3,\)"),
    ],
)
def test_wrong_labels(loss, labels, message):
    with pytest.raises(ShapeError, match=f"^{loss.__name__}: {message}"):
        loss(np.zeros((2, 3)), labels)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_soft_targets_of_softmax(smoothing):
    """One-hot rows are labels, with the same bits; a mixture has the mixture of the losses; the gradient is right."""
    rng = np.random.default_rng(0)
    scores, labels, weights = 3 * rng.standard_normal((6, 4)), rng.integers(0, 4, 6), rng.uniform(0.1, 2, 6)
    one_hot, options = np.eye(4)[labels], {"label_smoothing": smoothing, "weights": weights}
    loss, dscores = softmax_loss(scores, labels, **options)
    soft_loss, soft_dscores = softmax_loss(scores, one_hot, **options)
    assert (soft_loss, soft_dscores.tobytes()) == (loss, dscores.tobytes())
    other = softmax_loss(scores, (labels + 1) % 4, **options)[0]
    mixed = 0.25 * one_hot + 0.75 * np.eye(4)[(labels + 1) % 4]
    assert math.isclose(softmax_loss(scores, mixed, **options)[0], 0.25 * loss + 0.75 * other, rel_tol=1e-12)
    assert_gradients(*loss_as_layer(softmax_loss, mixed, **options), scores)


@pytest.mark.parametrize(
    ("targets", "message"),
    [
        (np.full((2, 4), 0.25), r"soft targets must have shape \(N, C\) = \(2, 3\); got \(2, 4\)"),
        (np.array([[1.0, 0, 0], [0.5, 0.6, 0]]), "sum to 1; row 1 is"),
        (np.array([[1.5, -0.5, 0], [1, 0, 0]]), "at least 0 that sum to 1; row 0 is"),
        (np.array([[1.0, 0, 0], [np.nan, 0, 0]]), "sum to 1; row 1 is"),
    ],
)
def test_wrong_soft_targets_of_softmax(targets, message):
    with pytest.raises(ShapeError, match=f"^softmax_loss: .*{message}"):
        softmax_loss(np.zeros((2, 3)), targets)


@pytest.mark.parametrize("targets", [np.zeros((2, 4)), np.zeros((3, 3)), np.zeros((2, 3, 1))])
def test_wrong_targets_of_mse(targets):
    with pytest.raises(ShapeError, match=r"^mse_loss: targets must have shape \(N, C\).*; got "):
        mse_loss(np.zeros((2, 3)), targets)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("scores", [np.zeros(3), np.zeros((2, 3, 1))])
def test_wrong_scores(loss, scores):
    with pytest.raises(ShapeError, match=rf"^{loss.__name__}: scores must have shape \(N, C\); got "):
        loss(scores, np.zeros(len(scores), int))


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("shape", [(0, 3), (0, 0)])
def test_an_empty_batch_has_no_mean(loss, shape):
    with pytest.raises(ShapeError, match=rf"^{loss.__name__}: scores must hold at least one row and one class"):
        loss(np.zeros(shape), np.zeros(0, int))


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("weights", [[0, 0], [-1, 2], [np.nan, 1], [np.inf, 1], [-1, -1], [1e-3, -1e-3]])
def test_weights_that_are_no_weights(loss, weights):
    with pytest.raises(ShapeError, match=f"^{loss.__name__}: weights must be finite, not negative and not all 0"):
        loss(np.zeros((2, 3)), np.array([0, 1]), weights=np.array(weights, float))


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("shape", [(1,), (3,), (2, 1), ()])
def test_weights_of_another_shape(loss, shape):
    with pytest.raises(ShapeError, match=rf"^{loss.__name__}: weights must have shape \(N,\) = \(2,\)"):
        loss(np.zeros((2, 3)), np.array([0, 1]), weights=np.ones(shape))


@pytest.mark.parametrize("smoothing", [-0.1, 1.0, 1.5, np.nan])
def test_smoothing_outside_its_range(smoothing):
    with pytest.raises(ShapeError, match=r"^softmax_loss: label_smoothing must lie in \[0, 1\); got "):
        softmax_loss(np.zeros((2, 3)), np.array([0, 1]), label_smoothing=smoothing)
