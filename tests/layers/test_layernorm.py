"""Tests of `layernorm`."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pellucid.layers import batchnorm_forward, layernorm_backward, layernorm_forward
from pellucid.shapes import ShapeError

from .layer_checks import assert_gradients, assert_same_as_peer, examples, normal, seeds, spread_along

epsilons = st.sampled_from([1e-5, 1e-8, 1e-3, 0.1, 3.0])
sizes = st.integers(1, 5)


def inputs_of(seed, rows, features):
    gamma, beta = normal(seed + 1, (features,), (features,))
    return spread_along(seed, 1, rows, features), gamma, beta


def with_eps(eps):
    return lambda x, gamma, beta: layernorm_forward(x, gamma, beta, eps=eps)


@given(rows=sizes, features=sizes, eps=epsilons, seed=seeds)
@examples(30)
def test_gradients(rows, features, eps, seed):
    assert_gradients(with_eps(eps), layernorm_backward, *inputs_of(seed, rows, features))


@pytest.mark.peers
@given(rows=sizes, features=sizes, eps=epsilons, seed=seeds)
@examples(30)
def test_equals_pytorch(torch, rows, features, eps, seed):
    function = torch.nn.functional.layer_norm
    assert_same_as_peer(
        torch,
        (with_eps(eps), layernorm_backward),
        lambda x, gamma, beta: function(x, (features,), gamma, beta, eps),
        *inputs_of(seed, rows, features),
    )


def test_each_row_stands_alone():
    """Axis 0, left from batch normalization, fails here."""
    x, gamma, beta = inputs_of(0, 4, 5)
    together, _ = layernorm_forward(x, gamma, beta)
    for i in range(4):
        alone, _ = layernorm_forward(x[i : i + 1], gamma, beta)
        np.testing.assert_allclose(together[i : i + 1], alone, rtol=1e-13)


def test_rows_have_mean_0_and_variance_1():
    x, _, _ = inputs_of(0, 4, 5)
    out, _ = layernorm_forward(x, np.ones(5), np.zeros(5), eps=1e-12)
    np.testing.assert_allclose(out.mean(axis=1), 0, atol=1e-14)
    np.testing.assert_allclose(out.var(axis=1), 1, rtol=1e-9)


def test_is_batchnorm_of_the_transpose():
    x, _, _ = inputs_of(0, 4, 5)
    out, _ = layernorm_forward(x, np.ones(5), np.zeros(5), eps=0.01)
    transposed, _ = batchnorm_forward(np.ascontiguousarray(x.T), np.ones(4), np.zeros(4), eps=0.01)
    np.testing.assert_allclose(out, transposed.T, rtol=1e-12)


def test_dx_sums_to_0_over_the_features():
    x, gamma, beta = inputs_of(0, 4, 5)
    _, cache = layernorm_forward(x, gamma, beta)
    dx, _, _ = layernorm_backward(normal(1, (4, 5))[0], cache)
    np.testing.assert_allclose(dx.sum(axis=1), 0, atol=1e-12)
    assert np.abs(dx).max() > 0.1


@pytest.mark.filterwarnings("error")
def test_a_constant_row_is_finite():
    out, cache = layernorm_forward(np.full((2, 3), 5.0), np.ones(3), np.full(3, 0.25))
    assert (out == 0.25).all()
    assert all(np.all(np.isfinite(gradient)) for gradient in layernorm_backward(np.ones((2, 3)), cache))


def test_variance_survives_a_large_mean():
    out, _ = layernorm_forward(1e8 + np.arange(4.0)[None], np.ones(4), np.zeros(4))
    np.testing.assert_allclose(out[0], np.array([-1.5, -0.5, 0.5, 1.5]) / np.sqrt(1.25 + 1e-5), rtol=1e-14)


@pytest.mark.parametrize(
    ("x", "gamma", "beta", "eps", "message"),
    [
        ((2, 0), (0,), (0,), 1e-5, "x must have at least one feature to have a mean; it has none"),
        ((2, 3), (3,), (3,), 0, "eps must be positive and finite; got 0"),
        ((2, 3), (3,), (3,), -1, "eps must be positive and finite; got -1"),
        ((2, 3), (2,), (3,), 1e-5, r"gamma must have shape \(D,\) = \(3,\) because x is \(2, 3\); got \(2,\)"),
        ((2, 3), (3,), (1, 3), 1e-5, r"beta must have shape \(D,\); got \(1, 3\)"),
        ((2, 3, 4), (3,), (3,), 1e-5, r"x must have shape \(N, D\); got \(2, 3, 4\)"),
    ],
)
def test_what_does_not_fit(x, gamma, beta, eps, message):
    with pytest.raises(ShapeError, match="^layernorm_forward: " + message):
        layernorm_forward(np.zeros(x), np.ones(gamma), np.zeros(beta), eps=eps)


@pytest.mark.parametrize("shape", [(3, 3), (2, 4), (3, 2), (3,), (2, 1)])
def test_upstream_gradient_of_another_shape(shape):
    _, cache = layernorm_forward(np.zeros((2, 3)), np.ones(3), np.zeros(3))
    with pytest.raises(ShapeError, match=r"^layernorm_backward: dout must have shape \(N, D\).*; got "):
        layernorm_backward(np.zeros(shape), cache)
