"""Tests of `network`: regularisation, purity, inference, freezing, a new head."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pellucid.layers import REFERENCE, RunningStats, update_running_stats
from pellucid.nets import (
    Affine,
    BatchNorm,
    Conv,
    Dropout,
    Flatten,
    Function,
    GlobalAvgPool,
    LayerNorm,
    Network,
    ParameterRange,
    ReLU,
    Residual,
    VanillaDropout,
)
from pellucid.nets.execute import forward_training
from pellucid.shapes import ShapeError

from .random_networks import cases, examples


def small(**options):
    """A convolution with batch norm, a residual, an affine head: every kind of parameter, and state."""
    layers = [Conv(3, 3, pad=1), BatchNorm(), ReLU(), Residual([Affine(4), BatchNorm()], [Affine(4)]), Affine(3)]
    return Network(layers, (2, 4, 4), **{"seed": 0, "dtype": np.float64} | options)


def batch(rows=3, shape=(2, 4, 4), classes=3, dtype=np.float64):
    rng = np.random.default_rng(5)
    x = rng.standard_normal((rows, *shape)).astype(dtype)
    x.flags.writeable = False
    return x, np.arange(rows) % classes


# ---- L2 regularisation ----


@given(case=cases, reg=st.sampled_from([1e-3, 0.7, 10.0]))
@examples(60)
def test_regularisation_adds_half_reg_times_the_square_of_weights_alone(case, reg):
    net, (x, labels) = case.network(), case.batch()
    plain, regularised = net.training_pass(x, labels), net.training_pass(x, labels, reg=reg)
    weights = [name for name in net.params if name.endswith(".weight")]
    expected = 0.5 * reg * sum((net.params[name] ** 2).sum() for name in weights)
    assert regularised.loss - plain.loss == pytest.approx(expected, rel=1e-12, abs=1e-12)
    for name, array in net.params.items():
        change = reg * array if name in weights else 0 * array
        np.testing.assert_allclose(regularised.grads[name], plain.grads[name] + change, rtol=1e-13, atol=1e-13)
    assert np.array_equal(regularised.dx, plain.dx)


def test_the_regularisation_term_is_summed_in_float64():
    net = Network([Affine(1000, init=1.0)], (1000,), seed=0)
    x, labels = np.zeros((1, 1000), np.float32), np.array([0])
    change = net.loss(x, labels, reg=1.0)[0] - net.loss(x, labels)[0]
    assert change == pytest.approx(0.5 * (net.params["affine1.weight"].astype(np.float64) ** 2).sum(), rel=1e-12)


def test_in_a_function_arrays_of_two_axes_or_more_are_weights():
    def forward(x, matrix, vector, number):
        return x @ matrix + vector + number, x

    def backward(dout, x):
        return dout, x.T @ dout, dout.sum(axis=0), np.asarray(dout.sum())

    params = {"matrix": np.eye(3), "vector": np.ones(3), "number": np.array(2.0)}
    net = Network([Function(forward, backward, params)], (3,), dtype=np.float64)
    assert net.loss(np.zeros((1, 3)), np.array([0]), reg=2.0)[0] == pytest.approx(np.log(3) + 3)
    assert net.weights_stop == 9


# ---- purity ----


def assert_untouched(net, action):
    params, state = net.params.flat.copy(), net.state.flat.copy()
    frozen = net.frozen
    net.params.flat.flags.writeable = net.state.flat.flags.writeable = False
    try:
        action()
    finally:
        net.params.flat.flags.writeable = net.state.flat.flags.writeable = True
    assert np.array_equal(net.params.flat, params)
    assert np.array_equal(net.state.flat, state)
    assert net.frozen == frozen


@given(case=cases)
@examples(60)
def test_nothing_changes_by_asking(case):
    net, (x, labels) = case.network(), case.batch()
    before = x.copy()
    labels.flags.writeable = False
    assert_untouched(net, lambda: net.loss(x, labels, reg=0.1))
    assert_untouched(net, lambda: net.training_pass(x, labels))
    assert_untouched(net, lambda: net.predict(x))
    assert np.array_equal(x, before)


@given(case=cases)
@examples(60)
def test_the_same_question_has_the_same_answer(case):
    net, (x, labels) = case.network(), case.batch()
    first = net.training_pass(x, labels, step=4)
    kept = [array.copy() for array in (first.scores, first.grads.flat, first.dx, *first.state.values())]
    other = -x
    net.training_pass(other, labels, step=5)
    again = net.training_pass(x, labels, step=4)
    assert first.loss == again.loss
    for then, array, now in zip(
        kept,
        (first.scores, first.grads.flat, first.dx, *first.state.values()),
        (again.scores, again.grads.flat, again.dx, *again.state.values()),
        strict=True,
    ):
        assert np.array_equal(then, array), "a later call changed what an earlier one returned"
        assert np.array_equal(then, now)


def test_gradients_share_no_memory_with_anything_a_later_call_writes():
    net, (x, labels) = small(), batch()
    first, second = net.training_pass(x, labels), net.training_pass(x, labels)
    assert not np.shares_memory(first.grads.flat, second.grads.flat)
    assert not np.shares_memory(first.grads.flat, net.params.flat)
    assert not np.shares_memory(first.dx, x)
    assert not any(np.shares_memory(array, net.state.flat) for array in first.state.values())


def test_loss_is_the_training_pass():
    net, (x, labels) = small(), batch()
    value, grads = net.loss(x, labels, reg=0.1, label_smoothing=0.2)
    done = net.training_pass(x, labels, reg=0.1, label_smoothing=0.2)
    assert value == done.loss
    assert np.array_equal(grads.flat, done.grads.flat)


# ---- running statistics ----


def test_the_new_state_is_that_of_update_running_stats():
    layers = [Conv(3, 3), BatchNorm(decay=0.7), Residual([BatchNorm(decay=0.2)]), Affine(4), BatchNorm(), Affine(2)]
    net = Network(layers, (2, 5, 5), dtype=np.float64)
    x, labels = batch(4, (2, 5, 5), 2)
    net.state.flat[:] = np.linspace(0.5, 2, net.state.flat.size)
    state = net.training_pass(x, labels).state
    trace = forward_training(net.program, net.params, x, layers=REFERENCE, seed=0, step=0)
    decays = {"batchnorm1": 0.7, "batchnorm2": 0.2, "batchnorm3": 0.9}
    assert set(state) == set(net.state)
    for operation, cache in zip(net.program.operations, trace.caches, strict=True):
        if operation.name in decays:
            before = RunningStats(net.state[f"{operation.name}.mean"], net.state[f"{operation.name}.var"])
            moved = update_running_stats(before, cache, decays.pop(operation.name))
            assert np.array_equal(state[f"{operation.name}.mean"], moved.mean)
            assert np.array_equal(state[f"{operation.name}.var"], moved.var)
    assert not decays


def test_the_new_state_by_hand():
    net = Network([BatchNorm(decay=0.75)], (2,), dtype=np.float64)
    x = np.array([[1.0, 10.0], [3.0, 10.0]])
    net.state.update(net.training_pass(x, np.array([0, 1])).state)
    assert net.state["batchnorm1.mean"].tolist() == [0.5, 2.5]  # 0.75 * 0 + 0.25 * (2, 10)
    assert net.state["batchnorm1.var"].tolist() == [1.0, 0.75]  # 0.75 * 1 + 0.25 * (1, 0), divided by N


# ---- inference ----


@given(case=cases)
@examples(60)
def test_a_row_alone_is_predicted_as_in_a_batch(case):
    net = case.network()
    x = np.random.default_rng(0).standard_normal((7, *case.input_shape))
    together = net.predict(x)
    assert together.shape == (7, *net.output_shape)
    for size in (1, 2, 3, 7, 8):
        np.testing.assert_allclose(net.predict(x, batch_size=size), together, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(net.predict(x[4:5]), together[4:5], rtol=1e-10, atol=1e-12)


def test_no_rows_are_no_scores():
    scores = small(dtype=np.float32).predict(np.zeros((0, 2, 4, 4)))
    assert scores.shape == (0, 3)
    assert scores.dtype == np.float32


def test_prediction_uses_running_statistics():
    net = Network([BatchNorm(eps=1e-12)], (2,), dtype=np.float64)
    x = np.array([[4.0, 1.0], [8.0, -1.0]])
    np.testing.assert_allclose(net.predict(x), x)
    net.state["batchnorm1.mean"], net.state["batchnorm1.var"] = [4.0, 1.0], [16.0, 1.0]
    np.testing.assert_allclose(net.predict(x), [[0, 0], [1, -2]])


def test_dropout_follows_the_step_and_the_seed():
    layers = [Dropout(0.5), Affine(3)]
    net, (x, labels) = Network(layers, (40,), seed=3), batch(4, (40,))
    assert net.loss(x, labels, step=1)[0] == net.loss(x, labels, step=1)[0]
    assert len({net.loss(x, labels, step=step)[0] for step in range(5)}) == 5
    other = Network(layers, (40,), seed=4)
    other.params.update(net.params)
    assert other.loss(x, labels, step=1)[0] != net.loss(x, labels, step=1)[0]


def test_two_dropouts_drop_apart():
    net = Network([Dropout(0.5), Dropout(0.5)], (1000,), dtype=np.float64)
    kept = net.training_pass(np.ones((1, 1000)), np.array([0])).scores
    # one mask twice would keep half of the entries, two of their own a quarter
    assert 200 <= (kept > 0).sum() <= 300


def test_inference_drops_nothing():
    x, _ = batch(2, (40,))
    assert np.array_equal(Network([Dropout(keep=0.3)], (40,), dtype=np.float64).predict(x), x)
    assert np.array_equal(Network([VanillaDropout(keep=0.3)], (40,), dtype=np.float64).predict(x), 0.3 * x)


# ---- what comes in ----


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("of_network", [np.float32, np.float64])
def test_floats_of_any_width_become_the_networks(dtype, of_network):
    net, (x, labels) = small(dtype=of_network), batch(dtype=dtype)
    done = net.training_pass(x, labels)
    assert {array.dtype for array in (done.scores, done.grads.flat, done.dx, *done.state.values(), net.predict(x))} == {
        np.dtype(of_network)
    }
    assert done.loss == net.training_pass(x.astype(of_network), labels).loss


@pytest.mark.parametrize("dtype", [np.uint8, np.int64, bool])
def test_pixels_are_refused_with_what_to_do(dtype):
    hint = r"\(a Trainer and what pellucid\.load returns take raw pixels; pellucid\.data\.Standardization makes them floats\)"
    with pytest.raises(ShapeError, match=rf"^Network\.predict: x must be an array of floats; got \w+ {hint}$"):
        small().predict(np.zeros((1, 2, 4, 4), dtype))


def test_weights_of_rows_mean_what_listing_rows_twice_means():
    net = Network([Affine(3)], (4,), dtype=np.float64)
    x, labels = batch(3, (4,))
    twice = net.training_pass(x[[0, 1, 1, 2]], labels[[0, 1, 1, 2]])
    weighted = net.training_pass(x, labels, weights=np.array([1.0, 2.0, 1.0]))
    assert weighted.loss == pytest.approx(twice.loss, rel=1e-14)
    np.testing.assert_allclose(weighted.grads.flat, twice.grads.flat, rtol=1e-13, atol=1e-15)


# ---- freezing ----


def test_frozen_parameters_have_gradient_0_and_the_others_keep_theirs():
    net, (x, labels) = small(), batch()
    before = net.training_pass(x, labels, reg=0.1)
    net.freeze("conv*", "batchnorm1.*")
    after = net.training_pass(x, labels, reg=0.1)
    assert before.loss == after.loss
    for name in net.params:
        if name.startswith(("conv", "batchnorm1.")):
            assert not after.grads[name].any(), name
            assert before.grads[name].any(), name
        else:
            assert np.array_equal(after.grads[name], before.grads[name]), name
    assert np.array_equal(after.dx, before.dx)
    assert set(after.state) == {"batchnorm2.mean", "batchnorm2.var"}


def test_patterns_name_parameters_and_state_and_add_up():
    net = small()
    net.freeze("*.bias")
    net.freeze("batchnorm?.mean")
    assert net.frozen == {
        *("conv1.bias", "affine1.bias", "affine2.bias", "affine3.bias"),
        *("batchnorm1.mean", "batchnorm2.mean"),
    }
    net.unfreeze("affine*", "batchnorm1.*")
    assert net.frozen == {"conv1.bias", "batchnorm2.mean"}
    net.unfreeze("*")
    assert net.frozen == frozenset()


def test_a_pattern_without_a_match_changes_nothing():
    net = small()
    with pytest.raises(ShapeError, match=r"^Network: no parameter is named 'conv2\*'; there are conv1\.weight, "):
        net.freeze("affine*", "conv2*")
    assert net.frozen == frozenset()


def test_ranges_that_learn():
    net = Network([Affine(2), ReLU(), Affine(3), Affine(2)], (4,))
    # weights: 8, 6, 6; biases: 2, 3, 2
    assert net.learning_ranges() == (ParameterRange(0, 20, True), ParameterRange(20, 27, False))
    net.freeze("affine2.*")
    assert net.learning_ranges() == (
        ParameterRange(0, 8, True),
        ParameterRange(14, 20, True),
        ParameterRange(20, 22, False),
        ParameterRange(25, 27, False),
    )
    net.freeze("*")
    assert net.learning_ranges() == ()


@given(case=cases, data=st.data())
@examples(60)
def test_ranges_cover_what_is_not_frozen_once_and_nothing_else(case, data):
    net = case.network()
    if net.params:
        net.freeze(*data.draw(st.lists(st.sampled_from(sorted(net.params)), unique=True)))
    expected = np.zeros(net.params.flat.size, int)  # 0: frozen, 1: learns, 2: learns and decays
    for name, (start, stop) in net.params.ranges.items():
        expected[start:stop] = 0 if name in net.frozen else 1 + net.program.params[name].decays
    found = np.zeros_like(expected)
    ranges = net.learning_ranges()
    for r in ranges:
        found[r.start : r.stop] += 1 + r.decays
    assert np.array_equal(found, expected)
    for a, b in pairwise(ranges):
        assert a.stop < b.start or (a.stop == b.start and a.decays != b.decays), "one run, two ranges"


# ---- a new head ----


def test_a_new_head_keeps_all_else():
    net, (x, labels) = small(dtype=np.float32), batch()
    net.state.update(net.training_pass(x, labels).state)
    net.params.flat[:] += 1
    net.freeze("conv*")
    new = net.replace_head(7, seed=11)
    assert new.output_shape == (7,)
    assert new.params["affine3.weight"].shape == (4, 7)
    assert not new.params["affine3.bias"].any()
    assert new.frozen == frozenset()
    assert (new.seed, new.init, new.dtype, new.input_shape) == (11, net.init, net.dtype, net.input_shape)
    kept = [name for name in net.params if not name.startswith("affine3.")]
    assert all(np.array_equal(new.params[name], net.params[name]) for name in kept)
    assert all(np.array_equal(new.state[name], net.state[name]) for name in net.state)
    assert net.output_shape == (3,)
    assert not np.shares_memory(new.params.flat, net.params.flat)
    new.params.flat[:] = 0
    assert net.params["conv1.weight"].any()


def test_a_head_of_as_many_classes_is_new_too():
    net = Network([Affine(5), ReLU(), Affine(3, init=0.5)], (4,), seed=1)
    same, other = net.replace_head(3), net.replace_head(3, seed=2)
    assert same.layers[-1] == Affine(3, init=0.5)
    assert np.array_equal(same.params["affine2.weight"], net.params["affine2.weight"])
    assert not np.array_equal(other.params["affine2.weight"], net.params["affine2.weight"])
    assert np.array_equal(other.params["affine1.weight"], net.params["affine1.weight"])


@pytest.mark.parametrize(
    "layers",
    [
        [Conv(3, 1), GlobalAvgPool()],
        [Affine(3), Residual([Affine(4)], [Affine(4)])],
        [Flatten(), ReLU()],
    ],
)
def test_without_an_affine_head_there_is_none_to_replace(layers):
    with pytest.raises(
        ShapeError, match=r"^Network\.replace_head: the network must end in an affine layer of its own$"
    ):
        Network(layers, (2, 4, 4)).replace_head(5)


@pytest.mark.parametrize("after", [Residual([Affine(4)]), LayerNorm(), BatchNorm()])
@pytest.mark.parametrize("classes", [4, 5])
def test_a_layer_with_parameters_after_the_last_affine_one_is_no_head(after, classes):
    net = Network([Affine(4), after], (4,))
    try:
        net.replace_head(classes)
    except ShapeError as error:
        message = str(error)
    else:
        message = "accepted"
    assert "must end in an affine layer" in message
