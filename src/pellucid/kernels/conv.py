"""Convolution by native kernels: implicit GEMM, or Winograd where it is faster. See `layers/conv.py` for the mathematics.

Images that lie channels last in memory, and weights that lie as [HH][WW][C][F] (as a network's parameters do), are not copied.
"""

import math
from typing import Any

import numpy as np

from pellucid.kernels.activations.relu import relu_backward
from pellucid.kernels.binding import native
from pellucid.kernels.declaration import declare_entry, declare_native
from pellucid.kernels.memory import as_images, as_logical, dense_like, is_channels_last, is_dense
from pellucid.kernels.planned_layer import Arrays, Call, GradientArrays, LayerContext, PlannedLayer, through_relu
from pellucid.kernels.settings import winograd_setting
from pellucid.kernels.threads import default_threads
from pellucid.layers import ConvCache, ConvReluCache, Pair, ReluCache
from pellucid.layers.conv import check_conv_backward, check_conv_forward
from pellucid.shapes import Array

__all__ = ["conv_backward", "conv_forward", "conv_relu_backward", "conv_relu_forward", "winograd_fits"]

TAPS_FIRST, FILTERS_FIRST = (2, 3, 1, 0), (3, 2, 0, 1)  # (F, C, HH, WW) <-> [HH][WW][C][F]
WINOGRAD_PIXELS = (
    6  # height and width of a padded image: less is not one whole tile, and most of its arithmetic would be wasted
)
WINOGRAD_CHANNELS = 8  # and filters: with fewer, transforming the tiles costs more than the products it saves


def winograd_fits(
    dtype: "np.dtype[Any]",
    image: tuple[int, ...],
    taps: tuple[int, ...],
    stride: tuple[int, int],
    pad: tuple[int, int],
) -> bool:
    """Whether the Winograd form is chosen: float32, 3x3, stride 1, enough channels and filters, at least a tile of output.

    image (H, W); taps (R, S, C, F). PELLUCID_WINOGRAD=0 turns it off everywhere; `settings.py` says what differs then.
    """
    if not winograd_setting():
        return False
    large = min(size + 2 * around for size, around in zip(image, pad, strict=True)) >= WINOGRAD_PIXELS
    return dtype == np.float32 and can_be_winograd(taps, stride, pad) and large and min(taps[2:]) >= WINOGRAD_CHANNELS


def can_be_winograd(taps: tuple[int, ...], stride: tuple[int, int], pad: tuple[int, int]) -> bool:
    """Whether there is a Winograd form at all: 3x3 taps, stride 1, pad 0 to 2."""
    return taps[:2] == (3, 3) and stride == (1, 1) and max(pad) <= 2


def conv_forward(
    x: Array, w: Array, b: Array, *, stride: int | tuple[int, int] = 1, pad: int | tuple[int, int] = 0
) -> tuple[Array, ConvCache]:
    """Return out (N, F, H', W'), channels last in memory, and the cache."""
    shape, cache = _checked(x, w, b, stride, pad)
    return _forward(shape, cache, b, relu=False), cache


def conv_backward(dout: Array, cache: ConvCache) -> tuple[Array, Array, Array]:
    """Return dx (N, C, H, W), dw (F, C, HH, WW), db (F,)."""
    check_conv_backward("conv_backward", dout, cache)
    x, w = as_images(cache.x), _weights(cache.w)
    dx, dw, db = np.empty_like(x), np.empty_like(w), np.empty(w.shape[3], w.dtype)
    winograd = winograd_fits(x.dtype, x.shape[1:3], w.shape, cache.stride, cache.pad)
    channels_first = is_dense(dout) and not is_channels_last(dout)  # the kernel reorders it in its workspace
    upstream = dout if channels_first else as_images(dout)
    options = list(cache.stride), list(cache.pad), winograd, channels_first
    native().conv_backward(upstream, x, w, *options, dx, dw, db, default_threads())
    return as_logical(dx), dw.transpose(FILTERS_FIRST), db


def conv_relu_forward(
    x: Array, w: Array, b: Array, *, stride: int | tuple[int, int] = 1, pad: int | tuple[int, int] = 0
) -> tuple[Array, ConvReluCache]:
    """Return relu(conv(x)) (N, F, H', W') and the cache."""
    shape, cache = _checked(x, w, b, stride, pad)
    out = _forward(shape, cache, b, relu=True)
    return out, ConvReluCache(cache, ReluCache(out))


def conv_relu_backward(dout: Array, cache: ConvReluCache) -> tuple[Array, Array, Array]:
    """Return dx, dw, db."""
    return conv_backward(relu_backward(dout, cache.relu), cache.conv)


def _checked(
    x: Array, w: Array, b: Array, stride: int | tuple[int, int], pad: int | tuple[int, int]
) -> tuple[tuple[int, int, int, int], ConvCache]:
    """Return the output's shape and the cache; an image in another memory order is copied once, for the backward too."""
    shape, cache = check_conv_forward("conv_forward", x, w, b, stride, pad)
    return shape, cache._replace(x=as_logical(as_images(x)))


def _forward(shape: tuple[int, int, int, int], cache: ConvCache, b: Array, *, relu: bool) -> Array:
    n, filters, out_h, out_w = shape
    x, w = as_images(cache.x), _weights(cache.w)
    out = np.empty((n, out_h, out_w, filters), x.dtype)
    winograd = winograd_fits(x.dtype, x.shape[1:3], w.shape, cache.stride, cache.pad)
    stride, pad = list(cache.stride), list(cache.pad)
    native().conv_forward(x, w, dense_like(b, False), stride, pad, relu, winograd, out, default_threads())
    return as_logical(out)


def _weights(w: Array) -> Array:
    """(F, C, HH, WW) -> contiguous (HH, WW, C, F)."""
    return dense_like(w.transpose(TAPS_FIRST), False)


class _Conv(PlannedLayer):
    reads_input = True
    keeps_workspace = True

    def cheap_to_recompute(self, context: LayerContext) -> bool:
        return math.prod(context.params[0][:3]) <= 32  # few products for each output: 3x3 of a colour image

    def workspace(self, context: LayerContext) -> int:
        needed = getattr(native(), f"conv_workspace_{context.dtype.name}")
        inputs, outputs = [context.samples, *context.inputs[0]], [context.samples, *context.output]
        settings = *self._window(context), self._winograd(context)
        return int(needed(inputs, list(context.params[0]), outputs, *settings, context.threads))

    def forward(self, context: LayerContext, arrays: Arrays) -> list[Call]:
        (x,), (w, b) = arrays.inputs, arrays.params
        settings = *self._window(context), context.relu, self._winograd(context)
        return [native().bound.conv_forward(arrays.workspace, x, w, b, *settings, arrays.output, context.threads)]

    def prepare(self, context: LayerContext, arrays: Arrays) -> list[Call]:
        (x,), (w, _) = arrays.inputs, arrays.params
        settings = *self._window(context), self._winograd(context)
        return [native().bound.conv_prepare(arrays.workspace, x, w, *settings, arrays.output, context.threads)]

    def infer(self, context: LayerContext, arrays: Arrays) -> list[Call]:
        (x,), (w, b) = arrays.inputs, arrays.params
        settings = *self._window(context), context.relu, self._winograd(context)
        return [
            native().bound.conv_forward_prepared(arrays.workspace, x, w, b, *settings, arrays.output, context.threads)
        ]

    def backward(self, context: LayerContext, arrays: Arrays, gradients: GradientArrays) -> list[Call]:
        dout, calls = through_relu(context, arrays, gradients)
        (x,), (w, _), (dx,), (dw, db) = arrays.inputs, arrays.params, gradients.inputs, gradients.params
        settings = *self._window(context), self._winograd(context)
        return [
            *calls,
            native().bound.conv_backward(arrays.workspace, dout, x, w, *settings, False, dx, dw, db, context.threads),
        ]

    @staticmethod
    def _window(context: LayerContext) -> tuple[list[int], list[int]]:
        return list(context.options["stride"]), list(context.options["pad"])

    @staticmethod
    def _winograd(context: LayerContext) -> bool:
        stride, pad = context.options["stride"], context.options["pad"]
        if context.algorithm is not None:
            return context.algorithm == "winograd"
        return winograd_fits(context.dtype, context.inputs[0][:2], context.params[0], stride, pad)


declare_native("conv", Pair(conv_forward, conv_backward), _Conv())
declare_entry("conv_relu", Pair(conv_relu_forward, conv_relu_backward))
