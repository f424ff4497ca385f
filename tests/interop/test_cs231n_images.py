"""Pictures and windows: grids of images, windows as columns, fast pooling against the naive one."""

import sys

import numpy as np
import pytest


def test_grids(course):
    from cs231n.vis_utils import vis_grid, vis_nn, visualize_grid

    images = np.random.randn(5, 4, 3, 3)
    grid = visualize_grid(images, ubound=2.0)
    assert grid.shape == (14, 11, 3)
    np.testing.assert_allclose(grid[5:9, 4:7], 2 * (images[4] - images[4].min()) / np.ptp(images[4]))
    assert not grid[4].any()
    together = vis_grid(images)
    assert together.shape == (15, 12, 3)
    assert not together[4].any()
    np.testing.assert_allclose(together[:4, :3], (images[0] - images.min()) / np.ptp(images))
    rows = vis_nn([images[:2] / 10, images[2:4] / 10])
    assert rows.shape == (10, 8, 3)
    assert (rows[:, 7] == 1).all()


def test_windows_as_columns_and_back(course):
    from cs231n.im2col import col2im_indices, im2col_indices
    from cs231n.im2col_cython import col2im_6d_cython, col2im_cython, im2col_cython
    from cs231n.layers import conv_backward_naive, conv_forward_naive

    x, w, dout = np.random.randn(2, 3, 7, 6), np.random.randn(4, 3, 3, 2), np.random.randn(2, 4, 4, 4)
    cols = im2col_indices(x, 3, 2, padding=1, stride=2)
    out, cache = conv_forward_naive(x, w, np.zeros(4), {"stride": 2, "pad": 1})
    np.testing.assert_allclose((w.reshape(4, -1) @ cols).reshape(4, 4, 4, 2).transpose(3, 0, 1, 2), out)
    dcols = w.reshape(4, -1).T @ dout.transpose(1, 2, 3, 0).reshape(4, -1)
    dx = conv_backward_naive(dout, cache)[0]
    np.testing.assert_allclose(col2im_indices(dcols, x.shape, 3, 2, padding=1, stride=2), dx)
    np.testing.assert_array_equal(im2col_cython(x, 3, 2, 1, 2), cols)
    np.testing.assert_allclose(col2im_cython(dcols, 2, 3, 7, 6, 3, 2, 1, 2), dx)
    six = np.moveaxis(dcols.reshape(3, 3, 2, 4, 4, 2), -1, 3)
    np.testing.assert_allclose(col2im_6d_cython(six, 2, 3, 7, 6, 3, 2, 1, 2), dx)


@pytest.mark.parametrize(
    ("shape", "height", "width", "stride"),
    [
        ((2, 3, 6, 8), 2, 2, 2),
        ((1, 2, 7, 9), 2, 3, 3),
        ((2, 1, 5, 5), 1, 1, 2),
        ((2, 3, 6, 6), 3, 3, 3),
        ((2, 3, 7, 6), 3, 2, 2),
    ],
)
def test_fast_pooling_is_the_naive_one_ties_included(course, shape, height, width, stride):
    from cs231n.fast_layers import max_pool_backward_fast, max_pool_forward_fast
    from cs231n.layers import max_pool_backward_naive, max_pool_forward_naive

    param = {"pool_height": height, "pool_width": width, "stride": stride}
    many_ties = np.random.randint(0, 3, shape).astype(float)
    with_nan = np.where(np.random.rand(*shape) < 0.1, np.nan, many_ties)
    for x in (np.random.randn(*shape), many_ties, with_nan, many_ties.astype(np.float32), many_ties[..., ::-1]):
        x.flags.writeable = False
        (out, cache), (expected, naive) = max_pool_forward_fast(x, param), max_pool_forward_naive(x, param)
        np.testing.assert_array_equal(out, expected)
        dout = np.random.randn(*out.shape).astype(x.dtype)
        np.testing.assert_array_equal(max_pool_backward_fast(dout, cache), max_pool_backward_naive(dout, naive))
        assert out.dtype == max_pool_backward_fast(dout, cache).dtype == x.dtype


def lines_of(function, *args):
    """Return what a function returns, and how many lines of Python it runs."""
    lines = []

    def trace(frame, event, argument):
        lines.append(event)
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        result = function(*args)
    finally:
        sys.settrace(before)
    return result, len(lines)


def test_the_naive_names_run_loops_so_that_timing_cells_tell_the_truth(course):
    from cs231n import fast_layers, layers

    x, w, b = np.random.randn(2, 3, 24, 24), np.random.randn(4, 3, 3, 3), np.random.randn(4)
    conv, pool = {"stride": 1, "pad": 1}, {"pool_height": 2, "pool_width": 2, "stride": 2}
    for name, args in (("conv", (x, w, b, conv)), ("max_pool", (x, pool))):
        caches, dout = {}, None
        for half in ("forward", "backward"):
            run = {}
            for module, kind in ((layers, "naive"), (fast_layers, "fast")):
                given = args if half == "forward" else (dout, caches[kind])
                result, run[kind] = lines_of(getattr(module, f"{name}_{half}_{kind}"), *given)
                if half == "forward":
                    dout, caches[kind] = result
            assert run["naive"] >= dout.size > 2 * run["fast"], (name, half, run)


def test_the_cache_of_a_naive_layer_serves_the_fast_one_and_the_other_way_round(course):
    from cs231n import fast_layers, layers

    x, w, b = np.random.randn(2, 3, 6, 6), np.random.randn(4, 3, 3, 3), np.random.randn(4)
    pool = {"pool_height": 2, "pool_width": 3, "stride": 2}
    for name, args in (("conv", (x, w, b, {"stride": 1, "pad": 1})), ("max_pool", (x, pool))):
        out, naive = getattr(layers, f"{name}_forward_naive")(*args)
        same, fast = getattr(fast_layers, f"{name}_forward_fast")(*args)
        np.testing.assert_allclose(out, same, atol=1e-12)
        for cache in (naive, fast):
            slow = getattr(layers, f"{name}_backward_naive")(out, cache)
            np.testing.assert_allclose(
                np.hstack([np.ravel(each) for each in slow]),
                np.hstack([np.ravel(each) for each in getattr(fast_layers, f"{name}_backward_fast")(out, cache)]),
                atol=1e-12,
            )
