"""Tests of `groupnorm`."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pellucid.layers import groupnorm_backward, groupnorm_forward, layernorm_forward
from pellucid.shapes import ShapeError

from .layer_checks import assert_gradients, assert_same_as_peer, examples, normal, seeds, spread_along

epsilons = st.sampled_from([1e-5, 1e-8, 1e-3, 0.1, 3.0])
groupings = st.sampled_from([(1, 1), (3, 1), (3, 3), (4, 1), (4, 2), (4, 4), (6, 2), (6, 3)])  # (C, G)
pixels = st.tuples(st.integers(1, 3), st.integers(1, 3))


def inputs_of(seed, n, channels, groups, pixels):
    x = spread_along(seed, 1, n * groups, channels // groups * pixels[0] * pixels[1])
    gamma, beta = normal(seed + 1, (channels,), (channels,))
    return x.reshape(n, channels, *pixels), gamma, beta


def with_groups(groups, eps=1e-5):
    return lambda x, gamma, beta: groupnorm_forward(x, gamma, beta, groups=groups, eps=eps)


@given(n=st.integers(1, 3), grouping=groupings, pixels=pixels, eps=epsilons, seed=seeds)
@examples(35)
def test_gradients(n, grouping, pixels, eps, seed):
    assert_gradients(with_groups(grouping[1], eps), groupnorm_backward, *inputs_of(seed, n, *grouping, pixels))


@pytest.mark.peers
@given(n=st.integers(1, 3), grouping=groupings, pixels=pixels, eps=epsilons, seed=seeds)
@examples(40)
def test_equals_pytorch(torch, n, grouping, pixels, eps, seed):
    channels, groups = grouping
    assume(n * channels // groups * pixels[0] * pixels[1] > 1)  # PyTorch refuses a single value
    function = torch.nn.functional.group_norm
    assert_same_as_peer(
        torch,
        (with_groups(groups, eps), groupnorm_backward),
        lambda x, gamma, beta: function(x, groups, gamma, beta, eps),
        *inputs_of(seed, n, channels, groups, pixels),
    )


@pytest.mark.peers
@given(n=st.integers(1, 3), channels=st.integers(1, 4), height=st.integers(2, 4), width=st.integers(1, 3), seed=seeds)
@examples(20)
def test_a_group_a_channel_equals_pytorchs_instance_norm(torch, n, channels, height, width, seed):
    function = torch.nn.functional.instance_norm
    assert_same_as_peer(
        torch,
        (with_groups(channels), groupnorm_backward),
        lambda x, gamma, beta: function(x, weight=gamma, bias=beta),
        *inputs_of(seed, n, channels, channels, (height, width)),
    )


def test_a_group_a_channel_is_instance_norm():
    x, gamma, beta = inputs_of(0, 2, 3, 3, (4, 5))
    mean, var = x.mean(axis=(2, 3), keepdims=True), x.var(axis=(2, 3), keepdims=True)
    expected = gamma[:, None, None] * (x - mean) / np.sqrt(var + 1e-5) + beta[:, None, None]
    np.testing.assert_allclose(with_groups(3)(x, gamma, beta)[0], expected, rtol=1e-12, atol=1e-13)


def test_one_group_is_layernorm_over_channels_and_pixels():
    x, gamma, beta = inputs_of(0, 2, 3, 1, (4, 5))
    rows, _ = layernorm_forward(x.reshape(2, 60), np.repeat(gamma, 20), np.repeat(beta, 20))
    np.testing.assert_allclose(with_groups(1)(x, gamma, beta)[0], rows.reshape(x.shape), rtol=1e-12, atol=1e-13)


def test_groups_are_neighbouring_channels_of_one_image():
    x, gamma, beta = inputs_of(0, 2, 4, 2, (2, 3))
    out, _ = with_groups(2)(x, gamma, beta)
    changed = x.copy()
    changed[0, 1] += np.arange(6).reshape(2, 3)
    moved = np.abs(with_groups(2)(changed, gamma, beta)[0] - out).max(axis=(2, 3)) > 1e-6
    assert moved.tolist() == [[True, True, False, False], [False, False, False, False]]


def test_dx_sums_to_0_over_a_group():
    x, gamma, beta = inputs_of(0, 2, 6, 3, (2, 3))
    _, cache = with_groups(3)(x, gamma, beta)
    dx, dgamma, dbeta = groupnorm_backward(normal(1, x.shape)[0], cache)
    np.testing.assert_allclose(dx.reshape(2, 3, 12).sum(axis=2), 0, atol=1e-12)
    assert np.abs(dx).max() > 0.1
    assert dgamma.shape == dbeta.shape == (6,)


@pytest.mark.filterwarnings("error")
def test_a_constant_image_is_finite():
    out, cache = with_groups(2)(np.full((1, 4, 2, 2), 3.0), np.ones(4), np.full(4, 0.5))
    assert (out == 0.5).all()
    assert all(np.all(np.isfinite(gradient)) for gradient in groupnorm_backward(np.ones(out.shape), cache))


@pytest.mark.parametrize("groups", [0, -1, 3, 8, 2.0, "2", None])
def test_groups_must_divide_the_channels(groups):
    with pytest.raises(ShapeError, match=f"^groupnorm_forward: groups must divide the 4 channels of x; got {groups!r}"):
        groupnorm_forward(np.zeros((2, 4, 3, 3)), np.ones(4), np.zeros(4), groups=groups)


@pytest.mark.parametrize("shape", [(2, 4, 0, 3), (2, 4, 3, 0)])
def test_a_group_of_nothing_has_no_mean(shape):
    with pytest.raises(ShapeError, match=r"^groupnorm_forward: a group must hold at least one number; x is "):
        groupnorm_forward(np.zeros(shape), np.ones(4), np.zeros(4), groups=2)


@pytest.mark.parametrize(
    ("x", "gamma", "beta", "eps", "message"),
    [
        ((2, 4, 3, 3), (4,), (4,), 0, "eps must be positive and finite; got 0"),
        (
            (2, 4, 3, 3),
            (2,),
            (4,),
            1e-5,
            r"gamma must have shape \(C,\) = \(4,\) because x is \(2, 4, 3, 3\); got \(2,\)",
        ),
        ((2, 4, 3, 3), (1, 4, 1, 1), (4,), 1e-5, r"gamma must have shape \(C,\); got \(1, 4, 1, 1\)"),
        ((2, 4, 3, 3), (4,), (3,), 1e-5, r"beta must have shape \(C,\) = \(4,\)"),
        ((2, 4), (4,), (4,), 1e-5, r"x must have shape \(N, C, H, W\); got \(2, 4\)"),
    ],
)
def test_what_does_not_fit(x, gamma, beta, eps, message):
    with pytest.raises(ShapeError, match="^groupnorm_forward: " + message):
        groupnorm_forward(np.zeros(x), np.ones(gamma), np.zeros(beta), groups=2, eps=eps)


@pytest.mark.parametrize("shape", [(2, 4, 3, 2), (1, 4, 2, 3), (2, 4), (2, 4, 6)])
def test_upstream_gradient_of_another_shape(shape):
    _, cache = groupnorm_forward(np.zeros((2, 4, 2, 3)), np.ones(4), np.zeros(4), groups=2)
    with pytest.raises(ShapeError, match=r"^groupnorm_backward: dout must have shape \(N, C, H, W\).*; got "):
        groupnorm_backward(np.zeros(shape), cache)
