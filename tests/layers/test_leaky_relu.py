"""Tests of leaky ReLU."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pellucid.layers as layers

from .layer_checks import any_shape, assert_gradients, assert_same_as_peer, examples, seeds, spread

slopes = st.sampled_from([0.01, 0.0, 0.3, 1.0, 2.0])


def leaky(slope):
    return lambda x: layers.leaky_relu_forward(x, slope=slope), layers.leaky_relu_backward


@given(shape=any_shape, slope=slopes, seed=seeds)
@examples(15)
def test_gradients_at_other_slopes(shape, slope, seed):
    assert_gradients(*leaky(slope), spread(seed, *shape))


@pytest.mark.peers
@given(shape=any_shape, seed=seeds)
@examples(15)
def test_equals_pytorch(torch, shape, seed):
    function = torch.nn.functional.leaky_relu
    assert_same_as_peer(torch, layers.REFERENCE.leaky_relu, function, 4 * spread(seed, *shape))


@pytest.mark.peers
@given(shape=any_shape, slope=slopes, seed=seeds)
@examples(15)
def test_equals_pytorch_at_other_slopes(torch, shape, slope, seed):
    function = torch.nn.functional.leaky_relu
    assert_same_as_peer(torch, leaky(slope), lambda x: function(x, slope), spread(seed, *shape))


def test_it_takes_the_left_slope_at_0():
    _, cache = layers.leaky_relu_forward(np.array([-1.0, -0.0, 0.0, 1.0]), slope=0.5)
    assert layers.leaky_relu_backward(np.full(4, 3.0), cache).tolist() == [1.5, 1.5, 1.5, 3]
