"""Max pooling: a window slides over each channel by itself and keeps its maximum.

    out[n, c, i, j] = max over r, s of x[n, c, i*stride_h + r, j*stride_w + s]

Shapes: x (N, C, H, W), out (N, C, H', W'); see `windows.py`.

Backward. The maximum passes the gradient to the entry that won; of several equal ones, the first in reading order. A pixel
that wins several windows receives the sum of their gradients. Source: Ranzato et al. 2007.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from pellucid.layers.kind import LayerKind, declare
from pellucid.layers.pair import Pair
from pellucid.layers.windows import Pooling, check_pool_forward, places, taps, zeros_in_memory_order_of
from pellucid.shapes import Array, check_shapes

__all__ = [
    "MaxPool",
    "MaxPoolCache",
    "maxpool_backward",
    "maxpool_backward_loops",
    "maxpool_forward",
    "maxpool_forward_loops",
]


class MaxPoolCache(NamedTuple):
    winner: Array  # (N, C, H', W') which entry of the window won, counted in reading order
    shape: tuple[int, int, int, int]  # (N, C, H, W)
    size: tuple[int, int]
    stride: tuple[int, int]


def maxpool_forward(
    x: Array, *, size: int | tuple[int, int], stride: int | tuple[int, int] | None = None
) -> tuple[Array, MaxPoolCache]:
    """Return out (N, C, H', W') and the cache. `stride` is `size` unless given. NaN wins over every number."""
    out_shape, size, stride = check_pool_forward("maxpool_forward", x, size, stride)
    out = x[places(0, 0, out_shape, stride)].copy(order="K")
    winner = np.zeros_like(out, dtype=np.min_scalar_type(size[0] * size[1] - 1))
    for tap, r, s in taps(size):
        candidate = x[places(r, s, out_shape, stride)]
        better = (candidate > out) | (np.isnan(candidate) & ~np.isnan(out))
        np.copyto(out, candidate, where=better)
        np.copyto(winner, winner.dtype.type(tap), where=better)
    return out, MaxPoolCache(winner, x.shape, size, stride)


def maxpool_backward(dout: Array, cache: MaxPoolCache) -> Array:
    """Return dx (N, C, H, W)."""
    winner, shape, size, stride = cache
    check_shapes("maxpool_backward", dout=(dout, " ".join(map(str, winner.shape))))
    dx = zeros_in_memory_order_of(dout, shape)
    for tap, r, s in taps(size):
        # For one tap no two windows read the same pixel, so a plain += misses none; taps add up.
        dx[places(r, s, winner.shape, stride)] += np.where(winner == tap, dout, dout.dtype.type(0))
    return dx


def maxpool_forward_loops(
    x: Array, *, size: int | tuple[int, int], stride: int | tuple[int, int] | None = None
) -> tuple[Array, MaxPoolCache]:
    """The formula as nested loops: return out (N, C, H', W') and the cache."""
    out_shape, size, stride = check_pool_forward("maxpool_forward_loops", x, size, stride)
    out = np.empty(out_shape, x.dtype)
    winner = np.empty(out_shape, np.intp)
    for n, c, i, j in np.ndindex(out_shape):
        top, left = i * stride[0], j * stride[1]
        window = x[n, c, top : top + size[0], left : left + size[1]]
        winner[n, c, i, j] = window.argmax()
        out[n, c, i, j] = window.max()
    return out, MaxPoolCache(winner, x.shape, size, stride)


def maxpool_backward_loops(dout: Array, cache: MaxPoolCache) -> Array:
    """The formula as nested loops: return dx (N, C, H, W)."""
    winner, shape, size, stride = cache
    check_shapes("maxpool_backward_loops", dout=(dout, " ".join(map(str, winner.shape))))
    dx = np.zeros(shape, dout.dtype)
    for n, c, i, j in np.ndindex(winner.shape):
        r, s = divmod(int(winner[n, c, i, j]), size[1])
        dx[n, c, i * stride[0] + r, j * stride[1] + s] += dout[n, c, i, j]
    return dx


MAXPOOL = declare(LayerKind("maxpool", Pair(maxpool_forward, maxpool_backward)))


@dataclass(frozen=True)
class MaxPool(Pooling):
    """The maximum of each window; stride is the window's size unless given."""

    layer = MAXPOOL
