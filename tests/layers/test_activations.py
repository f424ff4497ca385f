"""Tests of `activations`."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pellucid.layers as layers
from pellucid.shapes import ShapeError

from .layer_checks import assert_gradients, assert_same_as_peer, examples, seeds, spread

NAMES = ["relu", "leaky_relu", "sigmoid", "tanh", "gelu"]
shapes = st.lists(st.integers(1, 3), min_size=1, max_size=4).map(tuple)
slopes = st.sampled_from([0.01, 0.0, 0.3, 1.0, 2.0])


def activation(name):
    return getattr(layers, f"{name}_forward"), getattr(layers, f"{name}_backward")


def leaky(slope):
    return lambda x: layers.leaky_relu_forward(x, slope=slope), layers.leaky_relu_backward


@pytest.mark.parametrize("name", NAMES)
@given(shape=shapes, seed=seeds)
@examples(12)
def test_gradients(name, shape, seed):
    assert_gradients(*activation(name), 1.5 * spread(seed, *shape))


@given(shape=shapes, slope=slopes, seed=seeds)
@examples(15)
def test_gradients_of_leaky_relu_at_other_slopes(shape, slope, seed):
    assert_gradients(*leaky(slope), spread(seed, *shape))


@pytest.mark.peers
@pytest.mark.parametrize("name", NAMES)
@given(shape=shapes, seed=seeds)
@examples(15)
def test_equals_pytorch(torch, name, shape, seed):
    peer = {
        "relu": torch.relu,
        "leaky_relu": torch.nn.functional.leaky_relu,
        "sigmoid": torch.sigmoid,
        "tanh": torch.tanh,
        "gelu": torch.nn.functional.gelu,
    }[name]
    assert_same_as_peer(torch, activation(name), peer, 4 * spread(seed, *shape))


@pytest.mark.peers
@given(shape=shapes, slope=slopes, seed=seeds)
@examples(15)
def test_leaky_relu_equals_pytorch_at_other_slopes(torch, shape, slope, seed):
    function = torch.nn.functional.leaky_relu
    assert_same_as_peer(torch, leaky(slope), lambda x: function(x, slope), spread(seed, *shape))


def test_relu_takes_the_left_slope_at_0():
    x = np.array([-1.0, -0.0, 0.0, 1.0])
    out, cache = layers.relu_forward(x)
    assert out.tolist() == [0, 0, 0, 1]
    assert layers.relu_backward(np.full(4, 3.0), cache).tolist() == [0, 0, 0, 3]
    _, cache = layers.leaky_relu_forward(x, slope=0.5)
    assert layers.leaky_relu_backward(np.full(4, 3.0), cache).tolist() == [1.5, 1.5, 1.5, 3]


def test_relu_mask_is_of_the_input_not_of_the_gradient():
    _, cache = layers.relu_forward(np.array([1.0, -1.0]))
    assert layers.relu_backward(np.array([-2.0, 2.0]), cache).tolist() == [-2, 0]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.filterwarnings("error")
def test_sigmoid_and_tanh_saturate_without_warnings(dtype):
    x = np.array([-1e4, -800, 0, 800, 1e4], dtype)
    out, cache = layers.sigmoid_forward(x)
    assert out.tolist() == [0, 0, 0.5, 1, 1]
    assert layers.sigmoid_backward(np.ones_like(x), cache).tolist() == [0, 0, 0.25, 0, 0]
    out, cache = layers.tanh_forward(x)
    assert out.tolist() == [-1, -1, 0, 1, 1]
    assert layers.tanh_backward(np.ones_like(x), cache).tolist() == [0, 0, 1, 0, 0]


def test_sigmoid_keeps_its_digits_far_left():
    x = np.array([-30.0, -300.0, -700.0])
    np.testing.assert_allclose(layers.sigmoid_forward(x)[0], np.exp(x), rtol=1e-12)


def test_gelu_keeps_its_digits_far_left():
    """1 + erf(x / sqrt 2) is 0 below about -8.3; the true value is not."""
    out, _ = layers.gelu_forward(np.array([-10.0]))
    # P(-10) = p(10) / 10 * (1 - 1/100 + 3/10**4 - 15/10**6 + ...), the asymptotic series of the tail
    density = math.exp(-50) / math.sqrt(2 * math.pi)
    series = 1 - 1e-2 + 3e-4 - 15e-6 + 105e-8 - 945e-10
    np.testing.assert_allclose(out[0], -density * series, rtol=1e-7)


def test_gelu_is_the_exact_form_not_the_tanh_approximation():
    assert abs(layers.gelu_forward(np.array([1.0]))[0][0] - 0.8413447460685429) < 1e-15


@pytest.mark.parametrize("name", NAMES)
def test_nan_is_not_hidden(name):
    assert np.isnan(activation(name)[0](np.array([np.nan, 1.0]))[0]).tolist() == [True, False]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("shape", [(3, 2), (2, 4), (2,), (3,), (2, 3, 1), ()])
def test_upstream_gradient_of_another_shape(name, shape):
    forward, backward = activation(name)
    _, cache = forward(np.ones((2, 3)))
    with pytest.raises(ShapeError, match=rf"^{name}_backward: dout must be float64 \(2, 3\) as out is; it is float64"):
        backward(np.ones(shape), cache)


@pytest.mark.parametrize("name", NAMES)
def test_upstream_gradient_of_another_dtype(name):
    forward, backward = activation(name)
    _, cache = forward(np.ones((2, 3), np.float32))
    with pytest.raises(ShapeError, match=rf"^{name}_backward: dout must be float32 \(2, 3\) as out is; it is float64"):
        backward(np.ones((2, 3)), cache)
