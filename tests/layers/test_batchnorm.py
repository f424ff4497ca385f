"""Tests of `batchnorm`: both backwards, the spatial form, inference and the running statistics."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pellucid.layers as layers
from pellucid.layers import RunningStats
from pellucid.shapes import ShapeError

from .layer_checks import PEER, assert_gradients, assert_same_as_peer, examples, normal, seeds, spread_along

BACKWARDS = [layers.batchnorm_backward, layers.batchnorm_backward_simplified]
epsilons = st.sampled_from([1e-5, 1e-8, 1e-3, 0.1, 3.0])
sizes = st.integers(1, 4)


def with_eps(forward, eps):
    return lambda *inputs: forward(*inputs, eps=eps)


def column_inputs(seed, rows, features):
    gamma, beta = normal(seed + 1, (features,), (features,))
    return spread_along(seed, 0, rows, features), gamma, beta


def image_inputs(seed, shape):
    n, c, h, w = shape
    rows, gamma, beta = column_inputs(seed, n * h * w, c)
    return np.ascontiguousarray(rows.reshape(n, h, w, c).transpose(0, 3, 1, 2)), gamma, beta


@pytest.mark.parametrize("backward", BACKWARDS)
@given(rows=st.integers(1, 6), features=sizes, eps=epsilons, seed=seeds)
@examples(25)
def test_gradients(backward, rows, features, eps, seed):
    inputs = column_inputs(seed, rows, features)
    assert_gradients(with_eps(layers.batchnorm_forward, eps), backward, *inputs)


@given(shape=st.tuples(st.integers(1, 3), st.integers(1, 3), sizes, sizes), eps=epsilons, seed=seeds)
@examples(25)
def test_gradients_of_the_spatial_form(shape, eps, seed):
    inputs = image_inputs(seed, shape)
    assert_gradients(with_eps(layers.spatial_batchnorm_forward, eps), layers.spatial_batchnorm_backward, *inputs)


@pytest.mark.peers
@pytest.mark.parametrize("backward", BACKWARDS)
@given(rows=st.integers(2, 9), features=st.integers(1, 6), eps=epsilons, seed=seeds)
@examples(25)
def test_equals_pytorch(torch, backward, rows, features, eps, seed):
    """From 2 rows on: PyTorch refuses a batch of 1."""
    function = torch.nn.functional.batch_norm
    assert_same_as_peer(
        torch,
        (with_eps(layers.batchnorm_forward, eps), backward),
        lambda x, gamma, beta: function(x, None, None, gamma, beta, training=True, eps=eps),
        *column_inputs(seed, rows, features),
    )


@pytest.mark.peers
@given(shape=st.tuples(st.integers(1, 3), sizes, st.integers(2, 4), sizes), eps=epsilons, seed=seeds)
@examples(25)
def test_spatial_form_equals_pytorch(torch, shape, eps, seed):
    function = torch.nn.functional.batch_norm
    assert_same_as_peer(
        torch,
        (with_eps(layers.spatial_batchnorm_forward, eps), layers.spatial_batchnorm_backward),
        lambda x, gamma, beta: function(x, None, None, gamma, beta, training=True, eps=eps),
        *image_inputs(seed, shape),
    )


@pytest.mark.peers
@given(shape=st.one_of(st.tuples(sizes, sizes), st.tuples(sizes, sizes, sizes, sizes)), eps=epsilons, seed=seeds)
@examples(25)
def test_inference_equals_pytorch(torch, shape, eps, seed):
    x, gamma, beta, mean, spread = normal(seed, shape, *[shape[1]] * 4)
    var = spread**2
    infer = layers.batchnorm_infer if len(shape) == 2 else layers.spatial_batchnorm_infer
    tensors = [torch.from_numpy(array) for array in (x, mean, var, gamma, beta)]
    expected = torch.nn.functional.batch_norm(*tensors, training=False, eps=eps).numpy()
    ours = infer(x, gamma, beta, RunningStats(mean, var), eps=eps)
    np.testing.assert_allclose(ours, expected, rtol=PEER, atol=PEER)


@given(rows=st.integers(1, 6), features=sizes, eps=epsilons, seed=seeds)
@examples(15)
def test_both_backwards_agree(rows, features, eps, seed):
    x, gamma, beta = column_inputs(seed, rows, features)
    out, cache = layers.batchnorm_forward(x, gamma, beta, eps=eps)
    dout = normal(seed + 2, out.shape)[0]
    for step_by_step, closed in zip(*(backward(dout, cache) for backward in BACKWARDS), strict=True):
        np.testing.assert_allclose(step_by_step, closed, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("eps", [1e-5, 0.1, 4.0])
def test_eps_stands_under_the_root(eps):
    """x_hat has variance var / (var + eps); outside the root it would be var / (std + eps)**2."""
    x = np.array([[-1.0], [3.0]])  # mean 1, variance 4
    out, cache = layers.batchnorm_forward(x, np.ones(1), np.zeros(1), eps=eps)
    np.testing.assert_allclose(out[:, 0], np.array([-2, 2]) / np.sqrt(4 + eps), rtol=1e-14)
    assert (cache.mean[0], cache.var[0]) == (1, 4)
    stats = RunningStats(np.array([1.0]), np.array([4.0]))
    inferred = layers.batchnorm_infer(x, np.ones(1), np.zeros(1), stats, eps=eps)
    np.testing.assert_allclose(inferred, out, rtol=1e-14)


@pytest.mark.parametrize("backward", BACKWARDS)
def test_dx_sums_to_0_over_the_batch(backward):
    x, gamma, beta = column_inputs(1, 7, 5)
    _, cache = layers.batchnorm_forward(x, gamma, beta, eps=1e-12)
    dx, _, _ = backward(normal(2, (7, 5))[0], cache)
    np.testing.assert_allclose(dx.sum(axis=0), 0, atol=1e-13)
    np.testing.assert_allclose((dx * cache.x_hat).sum(axis=0), 0, atol=1e-9)
    assert np.abs(dx).max() > 0.1


def test_spatial_dx_sums_to_0_over_batch_and_pixels():
    x, gamma, beta = image_inputs(1, (3, 2, 4, 5))
    _, cache = layers.spatial_batchnorm_forward(x, gamma, beta)
    dx, _, _ = layers.spatial_batchnorm_backward(normal(2, x.shape)[0], cache)
    np.testing.assert_allclose(dx.sum(axis=(0, 2, 3)), 0, atol=1e-12)
    assert np.abs(dx).max() > 0.1


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("backward", BACKWARDS)
@pytest.mark.filterwarnings("error")
def test_a_constant_feature_is_finite(dtype, backward):
    x = np.full((4, 2), 7, dtype)
    gamma, beta = np.array([2, 3], dtype), np.array([0.5, -0.5], dtype)
    out, cache = layers.batchnorm_forward(x, gamma, beta)
    np.testing.assert_array_equal(out, np.broadcast_to(beta, (4, 2)))
    assert all(np.all(np.isfinite(gradient)) for gradient in backward(np.ones_like(x), cache))


def test_variance_survives_a_large_mean():
    """E[x^2] - E[x]^2 would lose every digit here."""
    x = 1e8 + np.array([[0.0], [1.0], [2.0], [3.0]])
    out, cache = layers.batchnorm_forward(x, np.ones(1), np.zeros(1))
    assert cache.var[0] == 1.25
    np.testing.assert_allclose(out[:, 0], np.array([-1.5, -0.5, 0.5, 1.5]) / np.sqrt(1.25 + 1e-5), rtol=1e-14)


def test_one_row_gives_beta():
    x, gamma, beta = normal(0, (1, 3), (3,), (3,))
    out, cache = layers.batchnorm_forward(x, gamma, beta)
    np.testing.assert_array_equal(out, beta[None])
    for backward in BACKWARDS:
        dx, dgamma, dbeta = backward(np.array([[1.0, 2.0, 3.0]]), cache)
        assert not dx.any()
        assert not dgamma.any()
        assert dbeta.tolist() == [1, 2, 3]


def test_inference_sees_each_row_alone():
    x, gamma, beta, mean, var = normal(0, (5, 3), (3,), (3,), (3,), (3,))
    stats = RunningStats(mean, var**2)
    together = layers.batchnorm_infer(x, gamma, beta, stats)
    for i in range(5):
        np.testing.assert_array_equal(together[i : i + 1], layers.batchnorm_infer(x[i : i + 1], gamma, beta, stats))
    images = x.reshape(5, 3, 1, 1) + np.zeros((2, 4))
    together = layers.spatial_batchnorm_infer(images, gamma, beta, stats)
    alone = layers.spatial_batchnorm_infer(images[2:3], gamma, beta, stats)
    np.testing.assert_array_equal(together[2:3], alone)


def test_initial_statistics_leave_x_as_it_is():
    x = normal(0, (4, 3))[0].astype(np.float32)
    stats = layers.initial_running_stats(3)
    assert stats.mean.dtype == stats.var.dtype == np.float32
    out = layers.batchnorm_infer(x, np.ones(3, np.float32), np.zeros(3, np.float32), stats, eps=1e-12)
    np.testing.assert_allclose(out, x, rtol=1e-6)
    assert layers.initial_running_stats(2, np.float64).mean.dtype == np.float64


@pytest.mark.parametrize("decay", [0.9, 0.0, 0.3, 1.0])
@pytest.mark.parametrize("spatial", [False, True])
def test_running_statistics_move_by_1_minus_decay(decay, spatial):
    """From zeros one step gives (1 - decay) * statistic: decay * statistic is the common reversal."""
    if spatial:
        x, gamma, beta = image_inputs(0, (2, 3, 4, 5))
        _, cache = layers.spatial_batchnorm_forward(x, gamma, beta)
        mean, var = x.mean(axis=(0, 2, 3)), x.var(axis=(0, 2, 3))
    else:
        x, gamma, beta = column_inputs(0, 4, 3)
        _, cache = layers.batchnorm_forward(x, gamma, beta)
        mean, var = x.mean(axis=0), x.var(axis=0)
    zeros = RunningStats(np.zeros(3), np.zeros(3))
    for array in zeros:
        array.flags.writeable = False
    moved = layers.update_running_stats(zeros, cache, decay)
    np.testing.assert_allclose(moved.mean, (1 - decay) * mean, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(moved.var, (1 - decay) * var, rtol=1e-12, atol=1e-15)
    again = layers.update_running_stats(moved, cache, decay)
    np.testing.assert_allclose(again.mean, (1 - decay**2) * mean, rtol=1e-12, atol=1e-15)


def test_running_statistics_keep_the_dtype_and_their_own_memory():
    x, gamma, beta = (array.astype(np.float32) for array in column_inputs(0, 4, 3))
    _, cache = layers.batchnorm_forward(x, gamma, beta)
    stats = layers.initial_running_stats(3)
    moved = layers.update_running_stats(stats, cache)
    assert moved.mean.dtype == moved.var.dtype == np.float32
    assert not any(np.shares_memory(new, old) for new in moved for old in (*stats, *cache))


def test_training_moves_no_statistics():
    x, gamma, beta = column_inputs(0, 4, 3)
    stats = layers.initial_running_stats(3, np.float64)
    layers.batchnorm_forward(x, gamma, beta)
    assert not stats.mean.any()
    assert (stats.var == 1).all()


def test_spatial_statistics_do_not_see_where_a_pixel_is():
    """Reshaping without moving the channel axis last mixes channels: shuffling the pixels then changes the outputs."""
    x, gamma, beta = image_inputs(0, (2, 3, 4, 5))
    order = np.random.default_rng(0).permutation(20)
    shuffled = x.reshape(2, 3, 20)[:, :, order].reshape(x.shape)
    out, _ = layers.spatial_batchnorm_forward(x, gamma, beta)
    out_shuffled, cache = layers.spatial_batchnorm_forward(shuffled, gamma, beta)
    np.testing.assert_allclose(out.reshape(2, 3, 20)[:, :, order], out_shuffled.reshape(2, 3, 20), rtol=1e-12)
    np.testing.assert_allclose(cache.rows.mean, x.mean(axis=(0, 2, 3)), rtol=1e-13)
    np.testing.assert_allclose(cache.rows.var, x.var(axis=(0, 2, 3)), rtol=1e-13)


def test_spatial_statistics_cross_the_batch():
    x, gamma, beta = image_inputs(0, (2, 3, 2, 2))
    changed = x.copy()
    changed[1] += np.arange(4).reshape(2, 2)
    out, _ = layers.spatial_batchnorm_forward(x, gamma, beta)
    out_changed, _ = layers.spatial_batchnorm_forward(changed, gamma, beta)
    assert np.abs(out[0] - out_changed[0]).min() > 1e-3


@pytest.mark.parametrize("eps", [0, -1e-5, np.inf, np.nan])
@pytest.mark.parametrize(
    "form", ["batchnorm_forward", "spatial_batchnorm_forward", "batchnorm_infer", "spatial_batchnorm_infer"]
)
def test_eps_must_be_positive(form, eps):
    x = np.zeros((2, 3, 2, 2) if "spatial" in form else (2, 3))
    stats = (layers.initial_running_stats(3, np.float64),) if "infer" in form else ()
    with pytest.raises(ShapeError, match=f"batchnorm_[a-z]*: eps must be positive and finite; got {eps}"):
        getattr(layers, form)(x, np.ones(3), np.zeros(3), *stats, eps=eps)


@pytest.mark.parametrize("form", ["spatial_batchnorm_forward", "spatial_batchnorm_infer"])
def test_spatial_forms_complain_under_their_own_name(form):
    stats = (layers.initial_running_stats(3, np.float64),) if "infer" in form else ()
    with pytest.raises(ShapeError, match=f"^{form}: eps"):
        getattr(layers, form)(np.zeros((2, 3, 2, 2)), np.ones(3), np.zeros(3), *stats, eps=0)


def test_an_empty_batch_has_no_mean():
    with pytest.raises(
        ShapeError, match=r"^batchnorm_forward: x must hold at least one row to have a mean; it is empty"
    ):
        layers.batchnorm_forward(np.zeros((0, 3)), np.ones(3), np.zeros(3))
    for shape in [(0, 3, 2, 2), (2, 3, 0, 2), (2, 3, 2, 0)]:
        with pytest.raises(
            ShapeError, match=r"^spatial_batchnorm_forward: x must hold at least one pixel to have a mean; got "
        ):
            layers.spatial_batchnorm_forward(np.zeros(shape), np.ones(3), np.zeros(3))


@pytest.mark.parametrize("shape", [(2,), (1, 3), (4,), (3, 1)])
def test_parameters_of_another_shape(shape):
    with pytest.raises(ShapeError, match=r"^batchnorm_forward: gamma must have shape \(D,\).*; got "):
        layers.batchnorm_forward(np.zeros((2, 3)), np.ones(shape), np.zeros(3))
    with pytest.raises(ShapeError, match=r"^batchnorm_forward: beta must have shape \(D,\).*; got "):
        layers.batchnorm_forward(np.zeros((2, 3)), np.ones(3), np.zeros(shape))
    with pytest.raises(ShapeError, match=r"^spatial_batchnorm_forward: gamma must have shape \(C,\).*; got "):
        layers.spatial_batchnorm_forward(np.zeros((2, 3, 2, 2)), np.ones(shape), np.zeros(3))
    with pytest.raises(ShapeError, match=r"^batchnorm_infer: mean must have shape \(D,\).*; got "):
        layers.batchnorm_infer(np.zeros((2, 3)), np.ones(3), np.zeros(3), RunningStats(np.zeros(shape), np.ones(3)))
    with pytest.raises(ShapeError, match=r"^batchnorm_infer: var must have shape \(D,\).*; got "):
        layers.batchnorm_infer(np.zeros((2, 3)), np.ones(3), np.zeros(3), RunningStats(np.zeros(3), np.ones(shape)))


def test_images_belong_to_the_spatial_form():
    with pytest.raises(ShapeError, match=r"^batchnorm_forward: x must have shape \(N, D\); got \(2, 3, 4, 5\)"):
        layers.batchnorm_forward(np.zeros((2, 3, 4, 5)), np.ones(3), np.zeros(3))
    with pytest.raises(ShapeError, match=r"^spatial_batchnorm_forward: x must have shape \(N, C, H, W\); got \(2, 3\)"):
        layers.spatial_batchnorm_forward(np.zeros((2, 3)), np.ones(3), np.zeros(3))


@pytest.mark.parametrize("backward", BACKWARDS)
@pytest.mark.parametrize("shape", [(3, 3), (2, 4), (3, 2), (3,), (2, 3, 1), (1, 3)])
def test_upstream_gradient_of_another_shape(backward, shape):
    _, cache = layers.batchnorm_forward(np.zeros((2, 3)), np.ones(3), np.zeros(3))
    with pytest.raises(ShapeError, match=rf"^{backward.__name__}: dout must have shape \(N, D\).*; got "):
        backward(np.zeros(shape), cache)


@pytest.mark.parametrize("shape", [(2, 3, 5, 4), (1, 3, 4, 5), (2, 3), (2, 3, 20)])
def test_spatial_upstream_gradient_of_another_shape(shape):
    _, cache = layers.spatial_batchnorm_forward(np.zeros((2, 3, 4, 5)), np.ones(3), np.zeros(3))
    message = r"^spatial_batchnorm_backward: dout must have shape \(2, 3, 4, 5\).*; got "
    with pytest.raises(ShapeError, match=message):
        layers.spatial_batchnorm_backward(np.zeros(shape), cache)


@pytest.mark.parametrize("decay", [-0.1, 1.1, np.nan])
def test_decay_outside_its_range(decay):
    _, cache = layers.batchnorm_forward(np.zeros((2, 3)), np.ones(3), np.zeros(3))
    with pytest.raises(ShapeError, match=r"^update_running_stats: decay must lie in \[0, 1\]; got "):
        layers.update_running_stats(layers.initial_running_stats(3, np.float64), cache, decay)


def test_statistics_of_another_layer():
    _, cache = layers.batchnorm_forward(np.zeros((2, 3)), np.ones(3), np.zeros(3))
    with pytest.raises(ShapeError, match=r"^update_running_stats: batch_mean must have shape \(D,\) = \(4,\)"):
        layers.update_running_stats(layers.initial_running_stats(4, np.float64), cache)
    with pytest.raises(ShapeError, match=r"^update_running_stats: batch_mean must be float32 like mean; got float64"):
        layers.update_running_stats(layers.initial_running_stats(3), cache)
