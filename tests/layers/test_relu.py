"""Tests of ReLU."""

import numpy as np
import pytest
from hypothesis import given

import pellucid.layers as layers

from .layer_checks import any_shape, assert_same_as_peer, examples, seeds, spread


@pytest.mark.peers
@given(shape=any_shape, seed=seeds)
@examples(15)
def test_equals_pytorch(torch, shape, seed):
    assert_same_as_peer(torch, layers.REFERENCE.relu, torch.relu, 4 * spread(seed, *shape))


def test_it_takes_the_left_slope_at_0():
    x = np.array([-1.0, -0.0, 0.0, 1.0])
    out, cache = layers.relu_forward(x)
    assert out.tolist() == [0, 0, 0, 1]
    assert layers.relu_backward(np.full(4, 3.0), cache).tolist() == [0, 0, 0, 3]


def test_the_mask_is_of_the_input_not_of_the_gradient():
    _, cache = layers.relu_forward(np.array([1.0, -1.0]))
    assert layers.relu_backward(np.array([-2.0, 2.0]), cache).tolist() == [-2, 0]
