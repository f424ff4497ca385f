"""Tests of the losses of numbers and indicators (mse, mae, huber, bce) and of the focal losses."""

import math
from functools import partial

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pellucid.layers import (
    LOSS_KINDS,
    bce_loss,
    binary_focal_loss,
    checked_loss,
    focal_loss,
    huber_loss,
    kind_of,
    loss_name,
    loss_numbers,
    mae_loss,
    mse_loss,
    own_loss,
    softmax_loss,
)
from pellucid.shapes import ShapeError

from .layer_checks import assert_gradients, assert_same_as_peer, examples, loss_as_layer, seeds

NUMBERS = [mse_loss, mae_loss, huber_loss]
INDICATORS = [bce_loss, binary_focal_loss]
GAMMAS = st.sampled_from([0.0, 0.5, 1.0, 2.0, 5.0])


@st.composite
def batches(draw, indicators=False):
    """(scores, targets, weights or None); numbers, or 0 and 1."""
    rows, columns, seed = draw(st.integers(1, 5)), draw(st.integers(1, 4)), draw(seeds)
    rng = np.random.default_rng(seed)
    weights = rng.integers(0, 4, rows) * 0.75
    weights[rng.integers(rows)] = 1.5
    targets = rng.integers(0, 2, (rows, columns)).astype(float) if indicators else rng.standard_normal((rows, columns))
    return 2 * rng.standard_normal((rows, columns)), targets, weights if draw(st.booleans()) else None


def off_kinks(scores, targets, *kinks):
    return all(np.abs(np.abs(scores - targets) - kink).min() > 1e-3 for kink in kinks)


# --- gradients


@given(batch=batches(), delta=st.sampled_from([0.3, 1.0, 4.0]))
@examples(40)
def test_gradients_of_numbers(batch, delta):
    scores, targets, weights = batch
    assume(off_kinks(scores, targets, 0, delta))
    assert_gradients(*loss_as_layer(mae_loss, targets, weights=weights), scores)
    assert_gradients(*loss_as_layer(huber_loss, targets, delta=delta, weights=weights), scores)


@given(batch=batches(indicators=True), gamma=GAMMAS, soft=st.booleans())
@examples(40)
def test_gradients_of_indicators(batch, gamma, soft):
    scores, targets, weights = batch
    assert_gradients(*loss_as_layer(binary_focal_loss, targets, gamma=gamma, weights=weights), scores)
    targets = 0.1 + 0.8 * targets if soft else targets
    assert_gradients(*loss_as_layer(bce_loss, targets, weights=weights), scores)


@given(batch=batches(), gamma=GAMMAS, seed=seeds)
@examples(40)
def test_gradients_of_focal(batch, gamma, seed):
    scores, _, weights = batch
    assume(scores.shape[1] > 1)
    labels = np.random.default_rng(seed).integers(0, scores.shape[1], len(scores))
    assert_gradients(*loss_as_layer(focal_loss, labels, gamma=gamma, weights=weights), scores)


# --- values


def test_losses_by_hand():
    scores, targets = np.array([[1.0, 5.0], [0.0, 0.5]]), np.array([[0.0, 1.0], [0.0, 0.0]])
    assert mae_loss(scores, targets)[0] == (2.5 + 0.25) / 2
    assert mae_loss(scores, targets)[1].tolist() == [[0.25, 0.25], [0.0, 0.25]]
    assert huber_loss(scores, targets)[0] == ((0.5 + 3.5) / 2 + 0.125 / 2) / 2
    assert huber_loss(scores, targets)[1].tolist() == [[0.25, 0.25], [0.0, 0.125]]
    assert huber_loss(scores, targets, delta=2.0)[0] == ((0.5 + 6.0) / 2 + 0.125 / 2) / 2


def test_what_a_new_network_shows():
    """All scores 0: ln 2 for each question, and for focal losses that times (1 - p)**gamma."""
    zeros, ones = np.zeros((3, 4)), np.ones((3, 4))
    assert math.isclose(bce_loss(zeros, ones)[0], math.log(2))
    assert math.isclose(binary_focal_loss(zeros, ones)[0], math.log(2) / 4)
    assert math.isclose(focal_loss(zeros, np.zeros(3, int))[0], math.log(4) * (3 / 4) ** 2)


@given(batch=batches(indicators=True))
@examples(20)
def test_gamma_0_is_cross_entropy(batch):
    scores, targets, weights = batch
    ours, theirs = (
        binary_focal_loss(scores, targets, gamma=0, weights=weights),
        bce_loss(scores, targets, weights=weights),
    )
    assert math.isclose(ours[0], theirs[0], rel_tol=1e-12)
    np.testing.assert_allclose(ours[1], theirs[1], atol=1e-14)
    labels = np.zeros(len(scores), int)
    ours, theirs = focal_loss(scores, labels, gamma=0, weights=weights), softmax_loss(scores, labels, weights=weights)
    assert math.isclose(ours[0], theirs[0], rel_tol=1e-12, abs_tol=1e-15)
    np.testing.assert_allclose(ours[1], theirs[1], atol=1e-14)


@given(batch=batches(indicators=True), gamma=GAMMAS)
@examples(20)
def test_one_score_is_two_scores_one_of_which_is_0(batch, gamma):
    """The sigmoid of s is the softmax of (0, s): the loss of one row and one column is that of two classes."""
    scores, targets, _ = batch
    s, t = scores[:1, :1], targets[:1, :1].astype(int)
    two = np.hstack([np.zeros_like(s), s])
    for one, both in (
        (bce_loss(s, t), softmax_loss(two, t[:, 0])),
        (binary_focal_loss(s, t, gamma=gamma), focal_loss(two, t[:, 0], gamma=gamma)),
    ):
        assert math.isclose(one[0], both[0], rel_tol=1e-10, abs_tol=1e-15)
        np.testing.assert_allclose(one[1][0, 0], both[1][0, 1], rtol=1e-9, atol=1e-15)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_huge_scores_are_finite_and_correct(dtype):
    scores = np.array([[1e4, -1e4], [-1e4, 1e4]], dtype)
    right, wrong = (scores > 0).astype(int), (scores < 0).astype(int)
    for loss in INDICATORS:
        value, dscores = loss(scores, right)
        assert value == 0
        assert not dscores.any()
        value, dscores = loss(scores, wrong)
        assert value == 1e4
        np.testing.assert_allclose(dscores, np.sign(scores) / 4, rtol=1e-6)
    value, dscores = focal_loss(scores, np.array([0, 1]))
    assert (value, dscores.any()) == (0, False)
    value, dscores = focal_loss(scores, np.array([1, 0]))
    assert value == 2e4
    np.testing.assert_allclose(dscores, np.sign(scores) / 2, rtol=1e-6)


@pytest.mark.parametrize("loss", [*NUMBERS, *INDICATORS])
@pytest.mark.parametrize("dtype", [bool, np.int8, np.uint64, np.float16, np.float32, np.float64])
def test_targets_of_any_dtype_and_flat_where_there_is_one_column(loss, dtype):
    scores, targets = np.array([[0.5], [-2.0], [3.0]], np.float32), np.array([1, 0, 1], dtype)
    value, dscores = loss(scores, targets.astype(np.float32)[:, None])
    for given_targets in (targets, targets[:, None]):
        found = loss(scores, given_targets)
        assert found[0] == value
        np.testing.assert_array_equal(found[1], dscores)
        assert found[1].dtype == np.float32


@pytest.mark.parametrize("loss", [*NUMBERS, *INDICATORS])
def test_labels_are_one_hot_rows_where_there_are_several_columns(loss):
    scores, labels = np.array([[0.5, 1, 2], [-2, 0, 1]]), np.array([2, 0])
    one_hot = np.eye(3)[labels]
    assert loss(scores, labels)[0] == loss(scores, one_hot)[0]


# --- PyTorch


def weighted_mean(torch, losses, weights):
    w = torch.ones(len(losses), dtype=torch.float64) if weights is None else torch.from_numpy(weights)
    return (w * losses).sum() / w.sum()


@pytest.mark.peers
@given(batch=batches(), delta=st.sampled_from([0.3, 1.0, 4.0]))
@examples(20)
def test_numbers_equal_pytorch(torch, batch, delta):
    scores, targets, weights = batch
    target, functions = torch.from_numpy(targets), torch.nn.functional
    for loss, function, options in (
        (mse_loss, functions.mse_loss, {}),
        (mae_loss, functions.l1_loss, {}),
        (huber_loss, functions.huber_loss, {"delta": delta}),
    ):

        def peer(scores, function=function, options=options):
            return weighted_mean(torch, function(scores, target, reduction="none", **options).mean(dim=1), weights)

        assert_same_as_peer(torch, loss_as_layer(loss, targets, weights=weights, **options), peer, scores)


@pytest.mark.peers
@given(batch=batches(indicators=True), gamma=GAMMAS)
@examples(20)
def test_indicators_equal_pytorch(torch, batch, gamma):
    scores, targets, weights = batch
    target, entropy = torch.from_numpy(targets), torch.nn.functional.binary_cross_entropy_with_logits

    def bce(scores):
        return weighted_mean(torch, entropy(scores, target, reduction="none").mean(dim=1), weights)

    def focal(scores):
        terms = entropy(scores, target, reduction="none")
        return weighted_mean(torch, ((1 - torch.exp(-terms)) ** gamma * terms).mean(dim=1), weights)

    assert_same_as_peer(torch, loss_as_layer(bce_loss, targets, weights=weights), bce, scores)
    assert_same_as_peer(torch, loss_as_layer(binary_focal_loss, targets, gamma=gamma, weights=weights), focal, scores)


@pytest.mark.peers
@given(batch=batches(), gamma=GAMMAS, seed=seeds)
@examples(20)
def test_focal_equals_pytorch(torch, batch, gamma, seed):
    scores, _, weights = batch
    assume(scores.shape[1] > 1)
    labels = np.random.default_rng(seed).integers(0, scores.shape[1], len(scores))

    def peer(scores):
        terms = torch.nn.functional.cross_entropy(scores, torch.from_numpy(labels), reduction="none")
        return weighted_mean(torch, (1 - torch.exp(-terms)) ** gamma * terms, weights)

    assert_same_as_peer(torch, loss_as_layer(focal_loss, labels, gamma=gamma, weights=weights), peer, scores)


# --- what is refused, and names


@pytest.mark.parametrize(
    ("action", "message"),
    [
        (lambda x: bce_loss(x, 2 * np.ones((2, 3))), r"bce_loss: targets must lie in \[0, 1\]; row 0, column 0 is 2"),
        (lambda x: bce_loss(x, np.full((2, 3), np.nan)), r"bce_loss: targets must lie in \[0, 1\]"),
        (lambda x: binary_focal_loss(x, np.full((2, 3), 0.5)), "binary_focal_loss: targets must be 0 or 1"),
        (lambda x: huber_loss(x, x, delta=0), "huber_loss: delta must be positive"),
        (lambda x: focal_loss(x, np.array([0, 1]), gamma=-1), "focal_loss: gamma must be finite and not negative"),
        (lambda x: mae_loss(x, np.ones((2, 2))), r"mae_loss: targets must have shape \(N, C\)"),
        (lambda x: mae_loss(x[:, :1], np.ones(3)), r"mae_loss: targets must have shape \(N, C\) = \(2, 1\)"),
        (lambda x: mae_loss(x, np.array([["a"] * 3] * 2)), "targets must be float32 or float64; got <U1"),
    ],
)
def test_wrong_arguments(action, message):
    with pytest.raises(ShapeError, match=message):
        action(np.zeros((2, 3)))


def test_every_alias_is_one_loss():
    aliases = [alias for kind in LOSS_KINDS.values() for alias in kind.aliases]
    assert len({*aliases, *LOSS_KINDS}) == len(aliases) + len(LOSS_KINDS)
    assert checked_loss("Trainer", "hinge") == "svm"
    assert checked_loss("Trainer", "l1") == "mae"


@pytest.mark.parametrize("wrong", ["sofmax", 3, None, ["mse"]])
def test_a_loss_that_does_not_exist(wrong):
    with pytest.raises(
        ShapeError, match=r"^Trainer: loss must be one of softmax, .* or a function \(scores, targets\)"
    ):
        checked_loss("Trainer", wrong)


# --- a loss of one's own


def squared(scores, targets):
    error = scores - targets
    return (error**2).mean(), 2 * error / error.size


def test_an_own_loss_is_called_with_arrays_it_cannot_change():
    scores = np.ones((2, 1), np.float32)

    def sly(scores, targets):
        assert targets.dtype == np.float32
        with pytest.raises(ValueError, match="read-only"):
            scores += 1
        with pytest.raises(ValueError, match="read-only"):
            targets += 1
        return squared(scores, targets)

    loss, dscores = own_loss(sly, scores, np.zeros((2, 1)), None)
    assert (loss, dscores.dtype) == (1.0, np.float32)


@pytest.mark.parametrize(
    ("returned", "message"),
    [
        (3.0, r"it must return \(loss, dscores\); it returned float"),
        ((np.ones(2), np.ones((2, 1))), r"loss must be one number, the mean over the batch; got float64 \(2,\)"),
        ((1.0, np.ones(2)), r"dscores must be floats with the shape of scores, \(2, 1\); got float64 \(2,\)"),
        ((1.0, [[1.0], [2.0]]), r"dscores must be floats with the shape of scores, \(2, 1\); got list"),
        ((1.0, np.ones((2, 1), int)), r"dscores must be floats .*; got int64 \(2, 1\)"),
        (("big", np.ones((2, 1))), "loss must be one number"),
    ],
)
def test_a_wrong_result_of_an_own_loss_is_named(returned, message):
    def mine(scores, targets):
        return returned

    with pytest.raises(ShapeError, match=rf"^loss \S*mine: {message}"):
        own_loss(mine, np.ones((2, 1)), np.zeros((2, 1)), None)


def test_weights_need_a_loss_that_takes_them():
    scores, targets, weights = np.ones((2, 1)), np.zeros((2, 1)), np.array([1.0, 3.0])
    with pytest.raises(ShapeError, match="it must take weights=None"):
        own_loss(squared, scores, targets, weights)
    assert own_loss(mse_loss, scores, targets, weights)[0] == 1.0


NUMBERED = [  # what is given, and the name by which it is known
    ("huber(delta=0.5)", "huber(delta=0.5)"),
    ("SmoothL1Loss(delta=2)", "huber(delta=2.0)"),
    ("huber(delta=1)", "huber"),
    (partial(huber_loss, delta=0.123456789), "huber(delta=0.123456789)"),
    (partial(focal_loss, gamma=2), "focal"),
    (partial(binary_focal_loss, gamma=0), "binary_focal(gamma=0.0)"),
]


@pytest.mark.parametrize(("written", "name"), NUMBERED, ids=[str(name) for _, name in NUMBERED])
def test_a_loss_is_named_with_its_number(written, name):
    found = checked_loss("Trainer", written)
    assert found == checked_loss("Trainer", found) == name
    assert kind_of(found).name == name.partition("(")[0]
    assert list(loss_numbers(found).values()) == ([] if "(" not in name else [float(name[name.index("=") + 1 : -1])])


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("huber(gamma=1)", r"Trainer: the loss huber has the number delta; got 'huber\(gamma=1\)'"),
        ("mse(delta=1)", r"Trainer: the loss mse has no number; got 'mse\(delta=1\)'"),
        ("huber(delta=0)", "Trainer: loss huber: delta must be positive and finite; got 0.0"),
        (partial(focal_loss, gamma=-1), "Trainer: loss focal: gamma must be finite and not negative; got -1"),
        ("huber(delta=x)", "Trainer: loss huber: delta must be a number; got 'x'"),
        ("huber(0.5)", "Trainer: loss must be one of softmax, .*did you mean 'huber'"),
    ],
)
def test_a_number_that_a_loss_lacks_or_cannot_have_is_refused(written, message):
    with pytest.raises(ShapeError, match=message):
        checked_loss("Trainer", written)


def test_the_recorded_name_says_module_function_and_what_is_fixed():
    assert loss_name("mse") == "mse"
    assert loss_name(squared) == f"{__name__}.squared"
    assert loss_name(partial(huber_loss, delta=2.0)) == "pellucid.layers.losses.huber.huber_loss(delta=2.0)"
