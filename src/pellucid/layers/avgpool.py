"""Average pooling: a window slides over each channel by itself and becomes its mean.

    out[n, c, i, j] = mean over r, s of x[n, c, i*stride_h + r, j*stride_w + s]

Shapes: x (N, C, H, W), out (N, C, H', W'); see `windows.py`.

Backward. The mean gives each entry of the window 1/size of the gradient; a pixel in several windows receives their sum.
Source: LeCun et al. 1998.
"""

from dataclasses import dataclass
from typing import NamedTuple

from pellucid.layers.conv import conv_output_size
from pellucid.layers.kind import LayerKind, declare
from pellucid.layers.pair import Pair
from pellucid.layers.windows import Pooling, check_pool_forward, places, taps, zeros_in_memory_order_of
from pellucid.shapes import Array, check_shapes

__all__ = ["AvgPool", "AvgPoolCache", "avgpool_backward", "avgpool_forward"]


class AvgPoolCache(NamedTuple):
    shape: tuple[int, int, int, int]  # (N, C, H, W)
    size: tuple[int, int]
    stride: tuple[int, int]


def avgpool_forward(
    x: Array, *, size: int | tuple[int, int], stride: int | tuple[int, int] | None = None
) -> tuple[Array, AvgPoolCache]:
    """Return out (N, C, H', W') and the cache. `stride` is `size` unless given."""
    out_shape, size, stride = check_pool_forward("avgpool_forward", x, size, stride)
    total = x[places(0, 0, out_shape, stride)].copy(order="K")
    for tap, r, s in taps(size):
        if tap > 0:
            total += x[places(r, s, out_shape, stride)]
    return total / x.dtype.type(size[0] * size[1]), AvgPoolCache(x.shape, size, stride)


def avgpool_backward(dout: Array, cache: AvgPoolCache) -> Array:
    """Return dx (N, C, H, W)."""
    shape, size, stride = cache
    out_shape = check_avgpool_backward("avgpool_backward", dout, cache)
    share = dout / dout.dtype.type(size[0] * size[1])
    dx = zeros_in_memory_order_of(dout, shape)
    for _, r, s in taps(size):
        dx[places(r, s, out_shape, stride)] += share
    return dx


def check_avgpool_backward(who: str, dout: Array, cache: AvgPoolCache) -> tuple[int, int, int, int]:
    """Return the shape of the output. Raises ShapeError where dout has another."""
    n, c, h, w = cache.shape
    out_h, out_w = conv_output_size(who, (h, w), cache.size, cache.stride)
    check_shapes(who, dout=(dout, f"{n} {c} {out_h} {out_w}"))
    return n, c, out_h, out_w


AVGPOOL = declare(LayerKind("avgpool", Pair(avgpool_forward, avgpool_backward)))


@dataclass(frozen=True)
class AvgPool(Pooling):
    """The mean of each window."""

    layer = AVGPOOL
