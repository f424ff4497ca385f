"""Max pooling, channels last. See `layers/pool.py` for the mathematics."""

import numpy as np

from pellucid.kernels.binding import native
from pellucid.kernels.memory import as_images, as_logical
from pellucid.kernels.threads import default_threads
from pellucid.layers import MaxPoolCache, pool
from pellucid.layers.pool import check_pool_forward
from pellucid.shapes import Array, check_shapes

__all__ = ["maxpool_backward", "maxpool_forward"]

MOST_TAPS = 256  # the winner's number is kept in a byte


def maxpool_forward(
    x: Array, *, size: int | tuple[int, int], stride: int | tuple[int, int] | None = None
) -> tuple[Array, MaxPoolCache]:
    """Return out (N, C, H', W'), channels last in memory, and the cache."""
    (n, c, out_h, out_w), sizes, strides = check_pool_forward("maxpool_forward", x, size, stride)
    if sizes[0] * sizes[1] > MOST_TAPS:
        return pool.maxpool_forward(x, size=size, stride=stride)
    out = np.empty((n, out_h, out_w, c), x.dtype)
    winner = np.empty(out.shape, np.uint8)
    native().maxpool_forward(as_images(x), list(sizes), list(strides), out, winner, default_threads())
    return as_logical(out), MaxPoolCache(as_logical(winner), x.shape, sizes, strides)


def maxpool_backward(dout: Array, cache: MaxPoolCache) -> Array:
    """Return dx (N, C, H, W)."""
    winner, (n, c, h, w), size, stride = cache
    if winner.dtype != np.uint8 or size[0] * size[1] > MOST_TAPS:
        return pool.maxpool_backward(dout, cache)
    check_shapes("maxpool_backward", dout=(dout, " ".join(map(str, winner.shape))))
    dx = np.empty((n, h, w, c), dout.dtype)
    native().maxpool_backward(as_images(dout), as_images(winner), list(size), list(stride), dx, default_threads())
    return as_logical(dx)
