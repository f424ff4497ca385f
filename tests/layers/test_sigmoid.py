"""Tests of the sigmoid."""

import numpy as np
import pytest
from hypothesis import given

import pellucid.layers as layers

from .layer_checks import any_shape, assert_same_as_peer, examples, seeds, spread


@pytest.mark.peers
@given(shape=any_shape, seed=seeds)
@examples(15)
def test_equals_pytorch(torch, shape, seed):
    assert_same_as_peer(torch, layers.REFERENCE.sigmoid, torch.sigmoid, 4 * spread(seed, *shape))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.filterwarnings("error")
def test_it_saturates_without_warnings(dtype):
    x = np.array([-1e4, -800, 0, 800, 1e4], dtype)
    out, cache = layers.sigmoid_forward(x)
    assert out.tolist() == [0, 0, 0.5, 1, 1]
    assert layers.sigmoid_backward(np.ones_like(x), cache).tolist() == [0, 0, 0.25, 0, 0]


def test_it_keeps_its_digits_far_left():
    x = np.array([-30.0, -300.0, -700.0])
    np.testing.assert_allclose(layers.sigmoid_forward(x)[0], np.exp(x), rtol=1e-12)
