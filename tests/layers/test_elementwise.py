"""What every activation promises: exact gradients, no hidden NaN, and an upstream gradient of another shape or dtype refused."""

import numpy as np
import pytest
from hypothesis import given
from tests.cases import CASES

from pellucid.layers import REFERENCE
from pellucid.shapes import ShapeError

from .layer_checks import any_shape, assert_gradients, examples, seeds, spread

NAMES = [kind for kind, case in CASES.items() if case.elementwise is not None]


@pytest.mark.parametrize("name", NAMES)
@given(shape=any_shape, seed=seeds)
@examples(12)
def test_gradients(name, shape, seed):
    assert_gradients(*REFERENCE.pair(name), 1.5 * spread(seed, *shape))


@pytest.mark.parametrize("name", NAMES)
def test_nan_is_not_hidden(name):
    out, _ = REFERENCE.pair(name).forward(np.array([np.nan, 1.0]))
    assert np.isnan(out).tolist() == [True, False]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("shape", [(3, 2), (2, 4), (2,), (3,), (2, 3, 1), ()])
def test_upstream_gradient_of_another_shape(name, shape):
    forward, backward = REFERENCE.pair(name)
    _, cache = forward(np.ones((2, 3)))
    with pytest.raises(ShapeError, match=rf"^{name}_backward: dout must be float64 \(2, 3\) like out; got float64"):
        backward(np.ones(shape), cache)


@pytest.mark.parametrize("name", NAMES)
def test_upstream_gradient_of_another_dtype(name):
    forward, backward = REFERENCE.pair(name)
    _, cache = forward(np.ones((2, 3), np.float32))
    with pytest.raises(ShapeError, match=rf"^{name}_backward: dout must be float32 \(2, 3\) like out; got float64"):
        backward(np.ones((2, 3)), cache)
