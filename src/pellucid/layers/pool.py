"""Pooling: a window slides over each channel by itself and keeps its maximum, or its mean.

    maxpool   out[n, c, i, j] = max  over r, s of x[n, c, i*stride_h + r, j*stride_w + s]
    avgpool   out[n, c, i, j] = mean over r, s of the same window
    global_avgpool   out[n, c] = mean over the whole channel

Shapes: x (N, C, H, W), out (N, C, H', W') with H' = 1 + (H - size_h) // stride_h, and so for W'; global: out (N, C). `size` and
`stride` are one number or (height, width); windows may overlap (stride < size) or leave a rest, whose gradient is 0.

Backward. The maximum passes the gradient to the entry that won; of several equal ones, the first in reading order. A pixel
that wins several windows receives the sum of their gradients. The mean gives each entry of the window 1/size of it.

Source: LeCun et al. 1998 (mean); Ranzato et al. 2007 (maximum); Lin, Chen & Yan 2014 (global mean).
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from pellucid.layers.conv import conv_output_size
from pellucid.shapes import Array, ShapeError, check_shapes, pair

__all__ = [
    "AvgPoolCache",
    "GlobalAvgPoolCache",
    "MaxPoolCache",
    "avgpool_backward",
    "avgpool_forward",
    "global_avgpool_backward",
    "global_avgpool_forward",
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


class AvgPoolCache(NamedTuple):
    shape: tuple[int, int, int, int]  # (N, C, H, W)
    size: tuple[int, int]
    stride: tuple[int, int]


class GlobalAvgPoolCache(NamedTuple):
    shape: tuple[int, int, int, int]  # (N, C, H, W)


def maxpool_forward(
    x: Array, *, size: int | tuple[int, int], stride: int | tuple[int, int] | None = None
) -> tuple[Array, MaxPoolCache]:
    """Return out (N, C, H', W') and the cache. `stride` is `size` unless given. NaN wins over every number."""
    out_shape, size, stride = check_pool_forward("maxpool_forward", x, size, stride)
    out = x[_places(0, 0, out_shape, stride)].copy(order="K")
    winner = np.zeros_like(out, dtype=np.min_scalar_type(size[0] * size[1] - 1))
    for tap, r, s in _taps(size):
        candidate = x[_places(r, s, out_shape, stride)]
        better = (candidate > out) | (np.isnan(candidate) & ~np.isnan(out))
        np.copyto(out, candidate, where=better)
        np.copyto(winner, winner.dtype.type(tap), where=better)
    return out, MaxPoolCache(winner, x.shape, size, stride)


def maxpool_backward(dout: Array, cache: MaxPoolCache) -> Array:
    """Return dx (N, C, H, W)."""
    winner, shape, size, stride = cache
    check_shapes("maxpool_backward", dout=(dout, " ".join(map(str, winner.shape))))
    dx = _zeros_in_memory_order_of(dout, shape)
    for tap, r, s in _taps(size):
        # For one tap no two windows read the same pixel, so a plain += misses none; taps add up.
        dx[_places(r, s, winner.shape, stride)] += np.where(winner == tap, dout, dout.dtype.type(0))
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


def avgpool_forward(
    x: Array, *, size: int | tuple[int, int], stride: int | tuple[int, int] | None = None
) -> tuple[Array, AvgPoolCache]:
    """Return out (N, C, H', W') and the cache. `stride` is `size` unless given."""
    out_shape, size, stride = check_pool_forward("avgpool_forward", x, size, stride)
    total = x[_places(0, 0, out_shape, stride)].copy(order="K")
    for tap, r, s in _taps(size):
        if tap > 0:
            total += x[_places(r, s, out_shape, stride)]
    return total / x.dtype.type(size[0] * size[1]), AvgPoolCache(x.shape, size, stride)


def avgpool_backward(dout: Array, cache: AvgPoolCache) -> Array:
    """Return dx (N, C, H, W)."""
    shape, size, stride = cache
    out_shape = check_avgpool_backward("avgpool_backward", dout, cache)
    share = dout / dout.dtype.type(size[0] * size[1])
    dx = _zeros_in_memory_order_of(dout, shape)
    for _, r, s in _taps(size):
        dx[_places(r, s, out_shape, stride)] += share
    return dx


def global_avgpool_forward(x: Array) -> tuple[Array, GlobalAvgPoolCache]:
    """Return out (N, C), the mean of each channel, and the cache."""
    check_global_avgpool_forward("global_avgpool_forward", x)
    return x.mean(axis=(2, 3)), GlobalAvgPoolCache(x.shape)


def global_avgpool_backward(dout: Array, cache: GlobalAvgPoolCache) -> Array:
    """Return dx (N, C, H, W): each pixel receives 1 / (H W) of its channel's gradient."""
    n, c, h, w = cache.shape
    check_shapes("global_avgpool_backward", dout=(dout, f"{n} {c}"))
    return np.broadcast_to((dout / dout.dtype.type(h * w))[:, :, None, None], cache.shape).copy()


def check_pool_forward(
    who: str, x: Array, size: int | tuple[int, int], stride: int | tuple[int, int] | None
) -> tuple[tuple[int, int, int, int], tuple[int, int], tuple[int, int]]:
    """Return the shape of the output, size and stride. Raises ShapeError where they do not fit x."""
    check_shapes(who, x=(x, "N C H W"))
    n, c, h, w = x.shape
    sizes = pair(who, "size", size, least=1)
    strides = sizes if stride is None else pair(who, "stride", stride, least=1)
    out_h, out_w = conv_output_size(who, (h, w), sizes, strides)
    return (n, c, out_h, out_w), sizes, strides


def check_avgpool_backward(who: str, dout: Array, cache: AvgPoolCache) -> tuple[int, int, int, int]:
    """Return the shape of the output. Raises ShapeError where dout has another."""
    n, c, h, w = cache.shape
    out_h, out_w = conv_output_size(who, (h, w), cache.size, cache.stride)
    check_shapes(who, dout=(dout, f"{n} {c} {out_h} {out_w}"))
    return n, c, out_h, out_w


def check_global_avgpool_forward(who: str, x: Array) -> None:
    """Raise ShapeError where x is no batch of images of at least one pixel."""
    check_shapes(who, x=(x, "N C H W"))
    if 0 in x.shape[2:]:
        raise ShapeError(f"{who}: x must have at least one pixel; it is {x.shape}")


def _taps(size: tuple[int, int]) -> Iterator[tuple[int, int, int]]:
    """Yield (number, row, column) of each entry of the window in reading order."""
    return ((r * size[1] + s, r, s) for r in range(size[0]) for s in range(size[1]))


def _places(r: int, s: int, out_shape: tuple[int, ...], stride: tuple[int, int]) -> tuple[slice, slice, slice, slice]:
    """Index the pixel at (r, s) of every window: a strided view (N, C, H', W') of the image."""
    _, _, out_h, out_w = out_shape
    rows = slice(r, r + stride[0] * (out_h - 1) + 1, stride[0])
    columns = slice(s, s + stride[1] * (out_w - 1) + 1, stride[1])
    return slice(None), slice(None), rows, columns


def _zeros_in_memory_order_of(like: Array, shape: tuple[int, int, int, int]) -> Array:
    """Zeros of a logical (N, C, H, W), channels-last in memory where `like` is."""
    n, c, h, w = shape
    if like.strides[1] < like.strides[3]:
        return np.zeros((n, h, w, c), like.dtype).transpose(0, 3, 1, 2)
    return np.zeros(shape, like.dtype)
