"""Max pooling: a window slides over each channel by itself and keeps its maximum.

    out[n, c, i, j] = max over r, s of x[n, c, i*stride_h - pad_h + r, j*stride_w - pad_w + s]

over the pixels that exist: padding never wins.

Shapes: x (N, C, H, W), out (N, C, H', W'); see `windows.py`.

Backward. The maximum passes the gradient to the entry that won; of several equal ones, the first in reading order. A pixel
that wins several windows receives the sum of their gradients. Source: Ranzato et al. 2007.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from pellucid.layers.kind import LayerKind, declare
from pellucid.layers.pair import Pair
from pellucid.layers.windows import (
    Pooling,
    Size,
    Windows,
    check_pool_forward,
    places,
    taps,
    zeros_in_memory_order_of,
)
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
    pad: tuple[int, int] = (0, 0)


def maxpool_forward(
    x: Array, *, size: Size, stride: Size | None = None, pad: Size = 0, ceil_mode: bool = False
) -> tuple[Array, MaxPoolCache]:
    """Return out (N, C, H', W') and the cache. `stride` is `size` unless given. NaN wins over every number."""
    windows = check_pool_forward("maxpool_forward", x, size, stride, pad, ceil_mode)
    n, c, h, w = x.shape
    out = zeros_in_memory_order_of(x, (n, c, *windows.out))
    winner = np.zeros_like(out, dtype=np.min_scalar_type(windows.size[0] * windows.size[1] - 1))
    begun = np.zeros(windows.out, bool)  # which windows have had an entry inside the image
    for tap, r, s in taps(windows.size):
        pixels, of_windows = places(r, s, (h, w), windows)
        candidate, best, have = x[pixels], out[of_windows], begun[of_windows[2:]]
        better = (candidate > best) | (np.isnan(candidate) & ~np.isnan(best)) | ~have
        np.copyto(best, candidate, where=better)
        np.copyto(winner[of_windows], winner.dtype.type(tap), where=better)
        have[:] = True
    return out, MaxPoolCache(winner, x.shape, windows.size, windows.stride, windows.pad)


def maxpool_backward(dout: Array, cache: MaxPoolCache) -> Array:
    """Return dx (N, C, H, W)."""
    winner, shape, size, stride, pad = cache
    check_shapes("maxpool_backward", dout=(dout, " ".join(map(str, winner.shape))))
    windows = Windows(size, stride, pad, winner.shape[2:])
    dx = zeros_in_memory_order_of(dout, shape)
    for tap, r, s in taps(size):
        pixels, of_windows = places(r, s, shape[2:], windows)
        # For one tap no two windows read the same pixel, so a plain += misses none; taps add up.
        dx[pixels] += np.where(winner[of_windows] == tap, dout[of_windows], dout.dtype.type(0))
    return dx


def maxpool_forward_loops(
    x: Array, *, size: Size, stride: Size | None = None, pad: Size = 0, ceil_mode: bool = False
) -> tuple[Array, MaxPoolCache]:
    """The formula as nested loops: return out (N, C, H', W') and the cache."""
    windows = check_pool_forward("maxpool_forward_loops", x, size, stride, pad, ceil_mode)
    out = np.empty((*x.shape[:2], *windows.out), x.dtype)
    winner = np.empty(out.shape, np.intp)
    for n, c, i, j in np.ndindex(out.shape):
        top, left = i * windows.stride[0] - windows.pad[0], j * windows.stride[1] - windows.pad[1]
        first_row, first_column = max(top, 0), max(left, 0)
        window = x[n, c, first_row : top + windows.size[0], first_column : left + windows.size[1]]
        r, s = divmod(int(window.argmax()), window.shape[1])
        winner[n, c, i, j] = (first_row - top + r) * windows.size[1] + first_column - left + s
        out[n, c, i, j] = window.max()
    return out, MaxPoolCache(winner, x.shape, windows.size, windows.stride, windows.pad)


def maxpool_backward_loops(dout: Array, cache: MaxPoolCache) -> Array:
    """The formula as nested loops: return dx (N, C, H, W)."""
    winner, shape, size, stride, pad = cache
    check_shapes("maxpool_backward_loops", dout=(dout, " ".join(map(str, winner.shape))))
    dx = np.zeros(shape, dout.dtype)
    for n, c, i, j in np.ndindex(winner.shape):
        r, s = divmod(int(winner[n, c, i, j]), size[1])
        dx[n, c, i * stride[0] - pad[0] + r, j * stride[1] - pad[1] + s] += dout[n, c, i, j]
    return dx


MAXPOOL = declare(LayerKind("maxpool", Pair(maxpool_forward, maxpool_backward)))


@dataclass(frozen=True)
class MaxPool(Pooling):
    """The maximum of each window; stride is the window's size unless given."""

    layer = MAXPOOL
