"""Tests of `affine`."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pellucid.layers import affine_backward, affine_forward
from pellucid.shapes import ShapeError

from .layer_checks import assert_gradients, assert_same_as_peer, examples, normal, seeds

features = st.one_of(st.tuples(st.integers(1, 5)), st.tuples(st.integers(1, 2), st.integers(1, 3), st.integers(1, 3)))


@given(rows=st.integers(1, 4), features=features, outputs=st.integers(1, 4), seed=seeds)
@examples(25)
def test_gradients(rows, features, outputs, seed):
    x, w, b = normal(seed, (rows, *features), (int(np.prod(features)), outputs), (outputs,))
    assert_gradients(affine_forward, affine_backward, x, w, b)


@pytest.mark.peers
@given(rows=st.integers(1, 9), features=features, outputs=st.integers(1, 9), seed=seeds)
@examples(30)
def test_equals_pytorch(torch, rows, features, outputs, seed):
    x, w, b = normal(seed, (rows, *features), (int(np.prod(features)), outputs), (outputs,))
    linear = torch.nn.functional.linear
    assert_same_as_peer(
        torch, (affine_forward, affine_backward), lambda x, w, b: linear(x.reshape(rows, -1), w.T, b), x, w, b
    )


def test_by_hand():
    x, w, b = np.array([[1.0, 2.0]]), np.array([[1.0, 10.0, 100.0], [2.0, 20.0, 200.0]]), np.array([0.5, 0.0, -0.5])
    out, cache = affine_forward(x, w, b)
    assert out.tolist() == [[5.5, 50.0, 499.5]]
    dx, dw, db = affine_backward(np.array([[1.0, 0.0, 2.0]]), cache)
    assert dx.tolist() == [[201.0, 402.0]]
    assert dw.tolist() == [[1.0, 0.0, 2.0], [2.0, 0.0, 4.0]]
    assert db.tolist() == [1.0, 0.0, 2.0]


def test_features_are_read_in_logical_order():
    x, w, b = normal(0, (2, 3, 4, 5), (60, 2), (2,))
    channels_last = np.ascontiguousarray(x.transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2)
    np.testing.assert_allclose(affine_forward(channels_last, w, b)[0], x.reshape(2, 60) @ w + b, rtol=1e-13)


def test_an_empty_batch_has_no_gradient_in_the_parameters():
    out, cache = affine_forward(np.zeros((0, 2, 3)), np.ones((6, 4)), np.ones(4))
    dx, dw, db = affine_backward(out, cache)
    assert (out.shape, dx.shape) == ((0, 4), (0, 2, 3))
    assert not dw.any()
    assert not db.any()


@pytest.mark.parametrize(
    ("x", "w", "b", "message"),
    [
        ((2, 3), (4, 5), (5,), r"x must have 4 features per row because w is \(4, 5\); got \(2, 3\), 3 features"),
        ((2, 3, 2), (5, 5), (5,), r"x must have 5 features .* got \(2, 3, 2\), 6 features"),
        ((3,), (3, 5), (5,), r"x must have 3 features .* got \(3,\), which has no row axis"),
        ((), (1, 5), (5,), r"x must have 1 features .* got \(\), which has no row axis"),
        ((2, 3), (3,), (5,), r"w must have shape \(D, M\); got \(3,\)"),
        ((2, 3), (3, 5), (4,), r"b must have shape \(M,\) = \(5,\) because w is \(3, 5\); got \(4,\)"),
        ((2, 3), (3, 5), (1, 5), r"b must have shape \(M,\); got \(1, 5\)"),
    ],
)
def test_shapes_that_do_not_fit(x, w, b, message):
    with pytest.raises(ShapeError, match="^affine_forward: " + message):
        affine_forward(np.zeros(x), np.zeros(w), np.zeros(b))


@pytest.mark.parametrize("shape", [(2, 4), (3, 5), (5, 2), (2,), (2, 5, 1)])
def test_upstream_gradient_of_another_shape(shape):
    _, cache = affine_forward(np.zeros((2, 3)), np.zeros((3, 5)), np.zeros(5))
    with pytest.raises(ShapeError, match=r"^affine_backward: dout must have shape \(2, 5\).*; got "):
        affine_backward(np.zeros(shape), cache)
