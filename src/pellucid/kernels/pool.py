"""Pooling, channels last. See `layers/windows.py`, `maxpool.py` and `avgpool.py` for the mathematics."""

from typing import Any

import numpy as np

from pellucid.kernels.binding import native
from pellucid.kernels.declaration import declare_native
from pellucid.kernels.memory import as_images, as_logical
from pellucid.kernels.planned_layer import Arrays, Call, GradientArrays, LayerContext, PlannedLayer, Shape
from pellucid.kernels.threads import default_threads
from pellucid.layers import REFERENCE, AvgPoolCache, GlobalAvgPoolCache, MaxPoolCache, Pair
from pellucid.layers.avgpool import check_avgpool_backward
from pellucid.layers.global_avgpool import check_global_avgpool_forward
from pellucid.layers.windows import Size, check_pool_forward
from pellucid.shapes import Array, check_shapes

__all__ = [
    "avgpool_backward",
    "avgpool_forward",
    "global_avgpool_backward",
    "global_avgpool_forward",
    "maxpool_backward",
    "maxpool_forward",
    "winner_dtype",
]

MAXIMUM_TAPS = 2**24  # float32 counts no further


def winner_dtype(size: tuple[int, int]) -> "np.dtype[np.unsignedinteger]":
    """Return the type of a winner's number: the smallest that holds every number of the window."""
    return np.min_scalar_type(size[0] * size[1] - 1)


def maxpool_forward(
    x: Array, *, size: Size, stride: Size | None = None, pad: Size = 0, ceil_mode: bool = False
) -> tuple[Array, MaxPoolCache]:
    """Return out (N, C, H', W'), channels last in memory, and the cache."""
    windows = check_pool_forward("maxpool_forward", x, size, stride, pad, ceil_mode)
    if windows.size[0] * windows.size[1] > MAXIMUM_TAPS:
        return REFERENCE.maxpool.forward(x, size=size, stride=stride, pad=pad, ceil_mode=ceil_mode)
    out = np.empty((len(x), *windows.out, x.shape[1]), x.dtype)
    winner = np.empty(out.shape, winner_dtype(windows.size))
    native().maxpool_forward(as_images(x), *map(list, windows[:3]), out, winner, default_threads())
    return as_logical(out), MaxPoolCache(as_logical(winner), x.shape, *windows[:3])


def maxpool_backward(dout: Array, cache: MaxPoolCache) -> Array:
    """Return dx (N, C, H, W)."""
    winner, (n, c, h, w), size, stride, pad = cache
    if winner.dtype != winner_dtype(size) or size[0] * size[1] > MAXIMUM_TAPS:
        return REFERENCE.maxpool.backward(dout, cache)
    check_shapes("maxpool_backward", dout=(dout, " ".join(map(str, winner.shape))))
    dx = np.empty((n, h, w, c), dout.dtype)
    window = list(size), list(stride), list(pad)
    native().maxpool_backward(as_images(dout), as_images(winner), *window, dx, default_threads())
    return as_logical(dx)


def avgpool_forward(
    x: Array,
    *,
    size: Size,
    stride: Size | None = None,
    pad: Size = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> tuple[Array, AvgPoolCache]:
    """Return out (N, C, H', W'), channels last in memory, and the cache."""
    windows = check_pool_forward("avgpool_forward", x, size, stride, pad, ceil_mode)
    out = np.empty((len(x), *windows.out, x.shape[1]), x.dtype)
    native().avgpool_forward(as_images(x), *map(list, windows[:3]), count_include_pad, out, default_threads())
    return as_logical(out), AvgPoolCache(x.shape, windows, count_include_pad)


def avgpool_backward(dout: Array, cache: AvgPoolCache) -> Array:
    """Return dx (N, C, H, W)."""
    check_avgpool_backward("avgpool_backward", dout, cache)
    (n, c, h, w), windows, count_include_pad = cache
    dx = np.empty((n, h, w, c), dout.dtype)
    native().avgpool_backward(as_images(dout), *map(list, windows[:3]), count_include_pad, dx, default_threads())
    return as_logical(dx)


def global_avgpool_forward(x: Array) -> tuple[Array, GlobalAvgPoolCache]:
    """Return out (N, C), the mean of each channel, and the cache: one window as large as the image."""
    check_global_avgpool_forward("global_avgpool_forward", x)
    n, c, h, w = x.shape
    out = np.empty((n, 1, 1, c), x.dtype)
    native().avgpool_forward(as_images(x), [h, w], [h, w], [0, 0], True, out, default_threads())
    return out.reshape(n, c), GlobalAvgPoolCache(x.shape)


def global_avgpool_backward(dout: Array, cache: GlobalAvgPoolCache) -> Array:
    """Return dx (N, C, H, W): each pixel receives 1 / (H W) of its channel's gradient."""
    n, c, h, w = cache.shape
    check_shapes("global_avgpool_backward", dout=(dout, f"{n} {c}"))
    dx = np.empty((n, h, w, c), dout.dtype)
    upstream = as_images(dout[:, :, None, None])
    native().avgpool_backward(upstream, [h, w], [h, w], [0, 0], True, dx, default_threads())
    return as_logical(dx)


def _window(context: LayerContext) -> tuple[list[int], list[int], list[int]]:
    """Size, stride and pad; without options, one window as large as the image."""
    options, whole = context.options, context.inputs[0][:2]
    return list(options.get("size", whole)), list(options.get("stride", whole)), list(options.get("pad", (0, 0)))


def _counted_window(context: LayerContext) -> tuple[list[int], list[int], list[int], bool]:
    """And whether padding counts."""
    return *_window(context), context.options.get("count_include_pad", True)


class _MaxPool(PlannedLayer):
    def saved(self, context: LayerContext) -> dict[str, tuple[Shape, Any]]:
        return {"winner": ((context.samples, *context.output), winner_dtype(context.options["size"]))}

    def forward(self, context: LayerContext, arrays: Arrays) -> list[Call]:
        window = _window(context)
        written = arrays.output, arrays.saved["winner"]
        return [native().bound.maxpool_forward(None, arrays.inputs[0], *window, *written, context.threads)]

    def backward(self, context: LayerContext, arrays: Arrays, gradients: GradientArrays) -> list[Call]:
        window = _window(context)
        winner, (dx,) = arrays.saved["winner"], gradients.inputs
        return [native().bound.maxpool_backward(None, gradients.output, winner, *window, dx, context.threads)]


class _AvgPool(PlannedLayer):
    def forward(self, context: LayerContext, arrays: Arrays) -> list[Call]:
        (x,) = arrays.inputs
        out, window = self._images(arrays.output), _counted_window(context)
        return [native().bound.avgpool_forward(None, x, *window, out, context.threads)]

    def backward(self, context: LayerContext, arrays: Arrays, gradients: GradientArrays) -> list[Call]:
        dout, window, (dx,) = self._images(gradients.output), _counted_window(context), gradients.inputs
        return [native().bound.avgpool_backward(None, dout, *window, dx, context.threads)]

    @staticmethod
    def _images(array: Array) -> Array:
        """(N, C) -> (N, 1, 1, C)"""
        return array if array.ndim == 4 else array[:, None, None, :]


declare_native("maxpool", Pair(maxpool_forward, maxpool_backward), _MaxPool())
declare_native("avgpool", Pair(avgpool_forward, avgpool_backward), _AvgPool())
declare_native("global_avgpool", Pair(global_avgpool_forward, global_avgpool_backward), _AvgPool())
