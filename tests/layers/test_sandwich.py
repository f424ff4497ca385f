"""Tests of `sandwich`: gradients through several layers, and equality with the parts."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.lib.stride_tricks import sliding_window_view

import pellucid.layers as layers
from pellucid.layers import Pair
from pellucid.shapes import ShapeError

from .layer_checks import assert_gradients, examples, geometries, normal, seeds

LAYERNORM = Pair(layers.layernorm_forward, layers.layernorm_backward)
BATCHNORM = Pair(layers.batchnorm_forward, layers.batchnorm_backward)
NO_NORM = Pair(
    lambda x, gamma, beta: (x, (gamma.shape, x.shape)),
    lambda dout, cache: (dout, np.zeros(cache[0]), np.zeros(cache[0])),
)
# A bias before batch normalization has gradient 0, of which gradcheck sees only rounding: see test_gradcheck.py.
FAR = 1e-3  # how far from a kink an input must be: a hundred steps
small = st.integers(1, 2)


def far_from_0(x):
    return np.abs(x).min() > FAR


def far_from_ties(x, size, stride):
    """No window's two largest entries are near one another."""
    windows = sliding_window_view(x, size, axis=(2, 3))[:, :, :: stride[0], :: stride[1]]
    ordered = np.sort(windows.reshape(*windows.shape[:4], -1), axis=-1)
    if ordered.shape[-1] == 1:
        return True
    first, second = ordered[..., -1], ordered[..., -2]
    return bool(np.all((first - second > FAR) | (first == 0)))


@given(rows=st.integers(1, 3), features=st.integers(1, 4), outputs=st.integers(1, 4), seed=seeds)
@examples(20)
def test_gradients_of_affine_relu(rows, features, outputs, seed):
    x, w, b = normal(seed, (rows, features), (features, outputs), (outputs,))
    assume(far_from_0(layers.affine_forward(x, w, b)[0]))
    assert_gradients(layers.affine_relu_forward, layers.affine_relu_backward, x, w, b)


@pytest.mark.parametrize("norm", [BATCHNORM, LAYERNORM, NO_NORM], ids=["batchnorm", "layernorm", "none"])
@given(rows=st.integers(3, 5), outputs=st.integers(3, 4), keep=st.sampled_from([0.5, 0.8, 1.0]), seed=seeds)
@examples(15)
def test_gradients_of_affine_norm_relu_dropout(norm, rows, outputs, keep, seed):
    inputs = normal(seed, (rows, 3), (3, outputs), (outputs,), (outputs,), (outputs,))
    hidden, _ = layers.affine_forward(*inputs[:3])
    assume(hidden.var(axis=0).min() > 0.05)
    assume(hidden.var(axis=1).min() > 0.05)
    assume(far_from_0(norm.forward(hidden, *inputs[3:])[0]))

    def forward(*inputs):
        return layers.affine_norm_relu_dropout_forward(*inputs, keep=keep, key=(seed, 0, 0), norm=norm)

    assert_gradients(forward, layers.affine_norm_relu_dropout_backward, *inputs)


def test_the_norm_is_batchnorm_unless_given():
    inputs = normal(0, (4, 3), (3, 5), (5,), (5,), (5,))
    out, _ = layers.affine_norm_relu_dropout_forward(*inputs, keep=0.5, key=(1, 2, 3))
    same, _ = layers.affine_norm_relu_dropout_forward(*inputs, keep=0.5, key=(1, 2, 3), norm=BATCHNORM)
    other, _ = layers.affine_norm_relu_dropout_forward(*inputs, keep=0.5, key=(1, 2, 3), norm=LAYERNORM)
    np.testing.assert_array_equal(out, same)
    assert np.abs(out - other).max() > 0.1


def test_the_backward_is_the_norms_own():
    """A cache of layer normalization given to batch normalization's backward would pass unnoticed on a square batch."""
    inputs = normal(0, (4, 3), (3, 4), (4,), (4,), (4,))
    out, cache = layers.affine_norm_relu_dropout_forward(*inputs, keep=1.0, key=(1, 2, 3), norm=LAYERNORM)
    dout = normal(1, out.shape)[0]
    hidden, affine = layers.affine_forward(*inputs[:3])
    normalized, norm = layers.layernorm_forward(hidden, *inputs[3:])
    _, relu = layers.relu_forward(normalized)
    dhidden, dgamma, dbeta = layers.layernorm_backward(layers.relu_backward(dout, relu), norm)
    expected = (*layers.affine_backward(dhidden, affine), dgamma, dbeta)
    for ours, theirs in zip(layers.affine_norm_relu_dropout_backward(dout, cache), expected, strict=True):
        np.testing.assert_array_equal(ours, theirs)


@given(geometry=geometries(extra=2), n=small, c=small, f=small, seed=seeds)
@examples(20)
def test_gradients_of_conv_relu(geometry, n, c, f, seed):
    x, w, b = normal(seed, (n, c, *geometry.image), (f, c, *geometry.kernel), (f,))
    window = {"stride": geometry.stride, "pad": geometry.pad}
    assume(far_from_0(layers.conv_forward(x, w, b, **window)[0]))
    assert_gradients(lambda *inputs: layers.conv_relu_forward(*inputs, **window), layers.conv_relu_backward, x, w, b)


@given(geometry=geometries(extra=2), n=small, c=small, f=small, eps=st.sampled_from([1e-5, 0.1]), seed=seeds)
@examples(20)
def test_gradients_of_conv_bn_relu(geometry, n, c, f, eps, seed):
    inputs = normal(seed, (n, c, *geometry.image), (f, c, *geometry.kernel), (f,), (f,), (f,))
    window = {"stride": geometry.stride, "pad": geometry.pad}
    hidden, _ = layers.conv_forward(*inputs[:3], **window)
    assume(hidden.var(axis=(0, 2, 3)).min() > 0.05)
    assume(far_from_0(layers.spatial_batchnorm_forward(hidden, *inputs[3:], eps=eps)[0]))

    def forward(*inputs):
        return layers.conv_bn_relu_forward(*inputs, **window, eps=eps)

    assert_gradients(forward, layers.conv_bn_relu_backward, *inputs)


@given(
    geometry=geometries(extra=4),
    size=st.tuples(small, small),
    stride=st.tuples(small, small),
    n=small,
    f=small,
    seed=seeds,
)
@examples(25)
def test_gradients_of_conv_relu_pool(geometry, size, stride, n, f, seed):
    x, w, b = normal(seed, (n, 2, *geometry.image), (f, 2, *geometry.kernel), (f,))
    window = {"stride": geometry.stride, "pad": geometry.pad}
    hidden, _ = layers.conv_forward(x, w, b, **window)
    assume(hidden.shape[2] >= size[0] and hidden.shape[3] >= size[1])
    assume(far_from_0(hidden))
    assume(far_from_ties(np.maximum(hidden, 0), size, stride))

    def forward(*inputs):
        return layers.conv_relu_pool_forward(*inputs, **window, pool_size=size, pool_stride=stride)

    assert_gradients(forward, layers.conv_relu_pool_backward, x, w, b)


def test_conv_relu_pool_halves_the_image_unless_told():
    x, w, b = normal(0, (1, 2, 6, 8), (3, 2, 3, 3), (3,))
    assert layers.conv_relu_pool_forward(x, w, b, pad=1)[0].shape == (1, 3, 3, 4)
    assert layers.conv_relu_pool_forward(x, w, b, pad=1, pool_size=3, pool_stride=1)[0].shape == (1, 3, 4, 6)


def test_the_part_that_does_not_fit_complains():
    x, w, b = np.zeros((1, 2, 3, 3)), np.zeros((1, 2, 3, 3)), np.zeros(1)
    with pytest.raises(ShapeError, match=r"^maxpool_forward: the window must fit"):
        layers.conv_relu_pool_forward(x, w, b)
    with pytest.raises(ShapeError, match=r"^conv_forward: stride must be at least 1"):
        layers.conv_relu_forward(x, w, b, stride=0)
    with pytest.raises(ShapeError, match="eps must be positive"):
        layers.conv_bn_relu_forward(x, w, b, np.ones(1), np.ones(1), eps=0)
    with pytest.raises(ShapeError, match=r"^affine_forward: x must have 4 features"):
        layers.affine_relu_forward(np.zeros((2, 3)), np.zeros((4, 5)), np.zeros(5))
    with pytest.raises(ShapeError, match=r"^dropout_forward: keep"):
        layers.affine_norm_relu_dropout_forward(*normal(0, (2, 3), (3, 4), (4,), (4,), (4,)), keep=0, key=(0, 0, 0))
