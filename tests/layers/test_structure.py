"""Tests of `structure`: flatten and add."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pellucid.layers import add_backward, add_forward, flatten_backward, flatten_forward
from pellucid.shapes import ShapeError

from .layer_checks import assert_gradients, assert_same_as_peer, examples, normal, seeds

shapes = st.lists(st.integers(1, 3), min_size=1, max_size=4).map(tuple)


@given(shape=shapes, seed=seeds)
@examples(15)
def test_gradients_of_flatten(shape, seed):
    assert_gradients(flatten_forward, flatten_backward, *normal(seed, shape))


@given(shape=shapes, seed=seeds)
@examples(15)
def test_gradients_of_add(shape, seed):
    assert_gradients(add_forward, add_backward, *normal(seed, shape, shape))


@pytest.mark.peers
@given(shape=shapes, seed=seeds)
@examples(15)
def test_equals_pytorch(torch, shape, seed):
    assert_same_as_peer(
        torch, (flatten_forward, flatten_backward), lambda x: x.reshape(len(x), -1), *normal(seed, shape)
    )
    assert_same_as_peer(torch, (add_forward, add_backward), torch.add, *normal(seed, shape, shape))


def test_flatten_reads_in_logical_order():
    x = np.arange(24.0).reshape(1, 2, 3, 4)
    channels_last = np.ascontiguousarray(x.transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2)
    out, cache = flatten_forward(channels_last)
    np.testing.assert_array_equal(out, np.arange(24.0)[None])
    np.testing.assert_array_equal(flatten_backward(out, cache), x)


def test_flatten_of_an_empty_batch():
    out, cache = flatten_forward(np.zeros((0, 3, 2)))
    assert out.shape == (0, 6)
    assert flatten_backward(out, cache).shape == (0, 3, 2)


def test_flatten_needs_a_batch_axis():
    with pytest.raises(ShapeError, match=r"^flatten_forward: x must have shape \(N, ...\); got \(\)"):
        flatten_forward(np.array(1.0))


@pytest.mark.parametrize("shape", [(3, 12), (2,), (2, 3, 4), (1, 24)])
def test_flatten_backward_of_another_shape(shape):
    _, cache = flatten_forward(np.zeros((2, 3, 4)))
    with pytest.raises(ShapeError, match=r"^flatten_backward: dout must have shape \(2, .*; got "):
        flatten_backward(np.zeros(shape), cache)


@pytest.mark.parametrize("shape", [(2, 11), (2, 13), (2, 1)])
def test_flatten_backward_of_another_number_of_features(shape):
    _, cache = flatten_forward(np.zeros((2, 3, 4)))
    with pytest.raises(ShapeError, match=r"^flatten_backward: dout must have shape \(2, 12\).*; got "):
        flatten_backward(np.zeros(shape), cache)


@pytest.mark.parametrize("other", [(3, 2), (2, 1), (3,), (2, 3, 1), ()])
def test_add_does_not_broadcast(other):
    message = r"^add_forward: both branches must have the same shape; got \(2, 3\) and "
    with pytest.raises(ShapeError, match=message):
        add_forward(np.zeros((2, 3)), np.zeros(other))


@pytest.mark.parametrize("shape", [(3, 2), (2, 1), (3,), (2, 3, 1)])
def test_add_backward_of_another_shape(shape):
    _, cache = add_forward(np.zeros((2, 3)), np.zeros((2, 3)))
    with pytest.raises(ShapeError, match=r"^add_backward: dout must have shape \(2, 3\).*; got "):
        add_backward(np.zeros(shape), cache)
