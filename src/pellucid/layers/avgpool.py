"""Average pooling: a window slides over each channel by itself and becomes its mean.

    out[n, c, i, j] = 1 / count[i, j] * sum over r, s of x[n, c, i*stride_h - pad_h + r, j*stride_w - pad_w + s]

over the pixels that exist. count is how many numbers the window covers: with count_include_pad, pixels and padding, as if
zeros stood there; without, pixels alone. What a last window with ceil_mode covers beyond the padding never counts.

Shapes: x (N, C, H, W), out (N, C, H', W'); see `windows.py`.

Backward. The mean gives each entry of the window 1/count of the gradient; a pixel in several windows receives their sum.
Source: LeCun et al. 1998.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from pellucid.layers.description import Lowered, Shape
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

__all__ = ["AvgPool", "AvgPoolCache", "avgpool_backward", "avgpool_forward"]


class AvgPoolCache(NamedTuple):
    shape: tuple[int, int, int, int]  # (N, C, H, W)
    windows: Windows
    count_include_pad: bool


def avgpool_forward(
    x: Array,
    *,
    size: Size,
    stride: Size | None = None,
    pad: Size = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> tuple[Array, AvgPoolCache]:
    """Return out (N, C, H', W') and the cache. `stride` is `size` unless given."""
    windows = check_pool_forward("avgpool_forward", x, size, stride, pad, ceil_mode)
    n, c, h, w = x.shape
    total = zeros_in_memory_order_of(x, (n, c, *windows.out))
    for _, r, s in taps(windows.size):
        pixels, of_windows = places(r, s, (h, w), windows)
        total[of_windows] += x[pixels]
    cache = AvgPoolCache(x.shape, windows, count_include_pad)
    return total / numbers_covered(cache, x.dtype), cache


def avgpool_backward(dout: Array, cache: AvgPoolCache) -> Array:
    """Return dx (N, C, H, W)."""
    shape, windows, _ = cache
    check_avgpool_backward("avgpool_backward", dout, cache)
    share = dout / numbers_covered(cache, dout.dtype)
    dx = zeros_in_memory_order_of(dout, shape)
    for _, r, s in taps(windows.size):
        pixels, of_windows = places(r, s, shape[2:], windows)
        dx[pixels] += share[of_windows]
    return dx


def numbers_covered(cache: AvgPoolCache, dtype: "np.dtype[np.floating]") -> Array:
    """Return count (H', W'): by how much the sum of each window is divided."""
    along = []
    for axis, length in enumerate(cache.shape[2:]):
        size, stride, pad, count = (setting[axis] for setting in cache.windows)
        start = np.arange(count) * stride - pad
        around = pad if cache.count_include_pad else 0
        along.append(np.minimum(start + size, length + around) - np.maximum(start, -around))
    return np.multiply.outer(*along).astype(dtype)


def check_avgpool_backward(who: str, dout: Array, cache: AvgPoolCache) -> None:
    """Raise ShapeError where dout has another shape than the output."""
    n, c, *_ = cache.shape
    check_shapes(who, dout=(dout, " ".join(map(str, (n, c, *cache.windows.out)))))


AVGPOOL = declare(LayerKind("avgpool", Pair(avgpool_forward, avgpool_backward)))


@dataclass(frozen=True)
class AvgPool(Pooling):
    """The mean of each window; count_include_pad: whether padding counts, as zeros."""

    count_include_pad: bool = True
    layer = AVGPOOL

    def lowered(self, shape: Shape) -> Lowered:
        lowered = super().lowered(shape)
        if self.count_include_pad:
            return lowered
        return lowered._replace(options={**lowered.options, "count_include_pad": False})
