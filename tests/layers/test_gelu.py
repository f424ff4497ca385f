"""Tests of GELU."""

import math

import numpy as np
import pytest
from hypothesis import given

import pellucid.layers as layers

from .layer_checks import any_shape, assert_same_as_peer, examples, seeds, spread


@pytest.mark.peers
@given(shape=any_shape, seed=seeds)
@examples(15)
def test_equals_pytorch(torch, shape, seed):
    assert_same_as_peer(torch, layers.REFERENCE.gelu, torch.nn.functional.gelu, 4 * spread(seed, *shape))


def test_it_keeps_its_digits_far_left():
    """1 + erf(x / sqrt 2) is 0 below about -8.3; the true value is not."""
    out, _ = layers.gelu_forward(np.array([-10.0]))
    # P(-10) = p(10) / 10 * (1 - 1/100 + 3/10**4 - 15/10**6 + ...), the asymptotic series of the tail
    density = math.exp(-50) / math.sqrt(2 * math.pi)
    series = 1 - 1e-2 + 3e-4 - 15e-6 + 105e-8 - 945e-10
    np.testing.assert_allclose(out[0], -density * series, rtol=1e-7)


def test_it_is_the_exact_form_not_the_tanh_approximation():
    assert abs(layers.gelu_forward(np.array([1.0]))[0][0] - 0.8413447460685429) < 1e-15
