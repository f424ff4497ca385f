"""Tests of the hyperbolic tangent."""

import numpy as np
import pytest
from hypothesis import given

import pellucid.layers as layers

from .layer_checks import any_shape, assert_same_as_peer, examples, seeds, spread


@pytest.mark.peers
@given(shape=any_shape, seed=seeds)
@examples(15)
def test_equals_pytorch(torch, shape, seed):
    assert_same_as_peer(torch, layers.REFERENCE.tanh, torch.tanh, 4 * spread(seed, *shape))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.filterwarnings("error")
def test_it_saturates_without_warnings(dtype):
    x = np.array([-1e4, -800, 0, 800, 1e4], dtype)
    out, cache = layers.tanh_forward(x)
    assert out.tolist() == [-1, -1, 0, 1, 1]
    assert layers.tanh_backward(np.ones_like(x), cache).tolist() == [0, 0, 1, 0, 0]
