"""Tests of `clipping`: shortened to the bound, direction kept; anything that is short enough, or not finite, left as it is."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from pellucid.optim import clip_by_global_norm, global_norm
from pellucid.shapes import ShapeError

examples = settings(max_examples=150, deadline=None, derandomize=True)
dtypes = st.sampled_from([np.float32, np.float64])
vectors = dtypes.flatmap(lambda dtype: arrays(dtype, st.integers(1, 20), elements=st.floats(-1e4, 1e4, width=32)))


@given(g=vectors, bound=st.floats(1e-3, 1e6))
@examples
def test_the_length_is_the_bound_where_it_was_longer_and_the_direction_is_kept(g, bound):
    g.flags.writeable = False
    clipped, norm = clip_by_global_norm(g, bound)
    length = np.linalg.norm(g.astype(np.float64))
    assert type(norm) is float
    assert norm == pytest.approx(length, rel=1e-14)
    assert (clipped.dtype, clipped.shape) == (g.dtype, g.shape)
    if norm <= bound:
        assert np.array_equal(clipped, g)
    else:
        few = 1e-6 if g.dtype == np.float32 else 1e-14
        assert np.linalg.norm(clipped.astype(np.float64)) == pytest.approx(bound, rel=few)
        np.testing.assert_allclose(clipped, g.astype(np.float64) * (bound / length), rtol=few, atol=1e-40)


def test_by_hand():
    g = np.array([3.0, -4.0])
    assert global_norm(g) == 5
    clipped, norm = clip_by_global_norm(g, 2.5)
    assert (clipped.tolist(), norm) == ([1.5, -2.0], 5.0)
    assert g.tolist() == [3.0, -4.0]
    assert clip_by_global_norm(g, 5.0)[0] is g
    assert clip_by_global_norm(g, np.inf)[0] is g


def test_all_axes_count():
    g = np.ones((2, 3, 4), np.float32)[:, ::2].transpose(2, 0, 1)
    assert global_norm(g) == pytest.approx(4)
    clipped, _ = clip_by_global_norm(g, 1.0)
    assert clipped.shape == g.shape
    np.testing.assert_allclose(clipped, 0.25)


def test_nothing_is_short():
    assert clip_by_global_norm(np.zeros(0), 1.0)[1] == 0
    assert clip_by_global_norm(np.zeros(3), 1e-300)[0].tolist() == [0, 0, 0]


@pytest.mark.parametrize("bad", [np.inf, -np.inf, np.nan])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_what_is_not_finite_stays(bad, dtype):
    g = np.array([1.0, bad, -2.0], dtype)
    with np.errstate(all="raise"):
        clipped, norm = clip_by_global_norm(g, 0.1)
    assert not np.isfinite(norm)
    assert np.array_equal(clipped, g, equal_nan=True)


@pytest.mark.parametrize("size", [1e20, 1e30, 3e38])
def test_huge_float32_values_do_not_overflow(size):
    g = np.array([size, -size, size / 2, 0], np.float32)
    with np.errstate(over="raise", invalid="raise"):
        clipped, norm = clip_by_global_norm(g, 2.0)
    assert norm == pytest.approx(1.5 * size, rel=1e-6)
    np.testing.assert_allclose(clipped, [4 / 3, -4 / 3, 2 / 3, 0], rtol=1e-5)


def test_tiny_float32_values_are_not_lost():
    g = np.full(4, 1e-30, np.float32)
    assert global_norm(g) == pytest.approx(2e-30, rel=1e-6, abs=0)
    np.testing.assert_allclose(clip_by_global_norm(g, 1e-30)[0], 5e-31, rtol=1e-6)


def test_many_float32_values_are_summed_in_float64():
    g = np.full(2_000_000, 1e-3, np.float32)
    assert global_norm(g) == pytest.approx(float(np.float32(1e-3)) * np.sqrt(2_000_000), rel=1e-12)


def test_the_bound_is_kept_also_where_the_scale_is_no_float32():
    g = np.full(10_000, 3e38, np.float32)
    clipped, _ = clip_by_global_norm(g, 0.01)
    assert np.linalg.norm(clipped.astype(np.float64)) == pytest.approx(0.01, rel=1e-5)


@pytest.mark.parametrize("size", [1e200, 1e-200])
def test_the_length_of_huge_and_tiny_float64_values(size):
    with np.errstate(all="ignore"):
        assert global_norm(np.array([3 * size, 4 * size])) == pytest.approx(5 * size, abs=0)


@pytest.mark.parametrize("bound", [0, -1.0, np.nan])
def test_a_bound_that_is_not_positive_is_refused(bound):
    with pytest.raises(ShapeError, match=rf"^clip_by_global_norm: max_norm must be positive; got {bound}$"):
        clip_by_global_norm(np.ones(2), bound)


@pytest.mark.parametrize("wrong", [[1.0, 2.0], np.ones(2, int), np.ones(2, np.float16)])
def test_what_is_no_gradient_is_refused(wrong):
    with pytest.raises(ShapeError, match=r"^global_norm: gradients must be "):
        clip_by_global_norm(wrong, 1.0)
