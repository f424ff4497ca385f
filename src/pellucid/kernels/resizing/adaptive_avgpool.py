"""Adaptive average pooling. See `layers/resizing/adaptive_avgpool.py` for the mathematics.

Where the output's size divides the image's, the shares are windows side by side, which the average pooling kernel takes. Else the
means of rows and of columns are two products of matrices over images whose channels lie last.
"""

import math
from collections.abc import Callable

import numpy as np

from pellucid.kernels.binding import native
from pellucid.kernels.declaration import declare_native
from pellucid.kernels.memory import as_images, as_logical
from pellucid.kernels.planned_layer import Arrays, Call, GradientArrays, LayerContext, PlannedLayer
from pellucid.kernels.threads import default_threads
from pellucid.layers import AdaptiveAvgPoolCache, Pair
from pellucid.layers.resizing.adaptive_avgpool import averaging, check_adaptive_avgpool
from pellucid.shapes import Array, check_shapes

__all__ = ["adaptive_avgpool_backward", "adaptive_avgpool_forward"]


def adaptive_avgpool_forward(x: Array, *, output_size: int | tuple[int, int]) -> tuple[Array, AdaptiveAvgPoolCache]:
    """Return out (N, C, H', W'), channels last in memory, and the cache."""
    cache = check_adaptive_avgpool("adaptive_avgpool_forward", x, output_size)
    images, between = as_images(x), _between(cache, x.dtype)
    out = np.empty((len(x), len(cache.down), len(cache.across), x.shape[1]), x.dtype)
    window = _window(cache)
    if window and x.size:
        native().avgpool_forward(images, window, window, [0, 0], True, out, default_threads())
    else:
        _products(cache.down, cache.across, images, between, out)(len(x))
    return as_logical(out), cache


def adaptive_avgpool_backward(dout: Array, cache: AdaptiveAvgPoolCache) -> Array:
    """Return dx (N, C, H, W)."""
    down, across, (n, c) = cache
    check_shapes("adaptive_avgpool_backward", dout=(dout, f"{n} {c} {len(down)} {len(across)}"), down=(down, "H' H"))
    upstream, dx = as_images(dout), np.empty((n, down.shape[1], across.shape[1], c), dout.dtype)
    window = _window(cache)
    if window and dx.size:
        native().avgpool_backward(upstream, window, window, [0, 0], True, dx, default_threads())
    else:
        _products(down.T, across.T, upstream, _between(cache, dout.dtype, backward=True), dx)(n)
    return as_logical(dx)


def _window(cache: AdaptiveAvgPoolCache) -> list[int]:
    """The window (height, width) of each share; empty where shares overlap or differ in size."""
    (out_h, height), (out_w, width) = cache.down.shape, cache.across.shape
    return [] if height % out_h or width % out_w else [height // out_h, width // out_w]


def _between(cache: AdaptiveAvgPoolCache, dtype: "np.dtype", *, backward: bool = False) -> Array:
    """Memory for what lies between the two products: (N, H', W * C), or backward (N, H, W' * C)."""
    (out_h, height), (out_w, width) = cache.down.shape, cache.across.shape
    n, c = cache.images
    return np.empty((n, height, out_w * c) if backward else (n, out_h, width * c), dtype)


def _products(down: Array, across: Array, images: Array, between: Array, out: Array) -> Callable[[int], None]:
    """Return the call for n samples: out = down images across^T of each channel; images (N, H, W, C)."""
    n, height, width, channels = images.shape
    rows, middle = images.reshape(n, height, width * channels), (n, out.shape[1], width, channels)

    def run(n: int) -> None:
        np.matmul(down, rows[:n], out=between[:n])
        np.matmul(across, between.reshape(middle)[:n], out=out[:n])

    return run


class _AdaptiveAvgPool(PlannedLayer):
    def workspace(self, context: LayerContext) -> int:
        if _window(_cache(context)):
            return 0
        (height, width, channels), (out_h, out_w, _) = context.inputs[0], context.output
        return int(context.samples * max(out_h * width, height * out_w) * channels * context.dtype.itemsize)

    def forward(self, context: LayerContext, arrays: Arrays) -> list[Call]:
        cache, (x,) = _cache(context), arrays.inputs
        window = _window(cache)
        if window:
            return [
                native().bound.avgpool_forward(None, x, window, window, [0, 0], True, arrays.output, context.threads)
            ]
        between = self._between(arrays, (len(x), len(cache.down), x.shape[2] * x.shape[3]))
        return [_products(cache.down, cache.across, x, between, arrays.output)]

    def backward(self, context: LayerContext, arrays: Arrays, gradients: GradientArrays) -> list[Call]:
        cache, (dx,), dout = _cache(context), gradients.inputs, gradients.output
        window = _window(cache)
        if dx is None:
            return []
        if window:
            return [native().bound.avgpool_backward(None, dout, window, window, [0, 0], True, dx, context.threads)]
        between = self._between(arrays, (len(dx), dx.shape[1], dout.shape[2] * dout.shape[3]))
        return [_products(cache.down.T, cache.across.T, dout, between, dx)]

    @staticmethod
    def _between(arrays: Arrays, shape: tuple[int, int, int]) -> Array:
        assert arrays.workspace is not None
        return arrays.workspace.view(arrays.output.dtype)[: math.prod(shape)].reshape(shape)


def _cache(context: LayerContext) -> AdaptiveAvgPoolCache:
    (height, width, channels), (out_h, out_w, _) = context.inputs[0], context.output
    down, across = averaging(height, out_h, context.dtype), averaging(width, out_w, context.dtype)
    return AdaptiveAvgPoolCache(down, across, (context.samples, channels))


declare_native("adaptive_avgpool", Pair(adaptive_avgpool_forward, adaptive_avgpool_backward), _AdaptiveAvgPool())
