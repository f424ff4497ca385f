"""Convolution with groups, dilation and padding by side. See `layers/convolutions/general_conv.py` for the mathematics.

A filter for each channel has a kernel of its own. Otherwise each group is a plain convolution (`../conv.py`) of its
channels, copied out of the padded images. A dilated window of stride 1 never reads two pixels whose rows differ by other
than a multiple of the dilation, so the images are cut into dilation_h * dilation_w smaller ones, which the plain
convolution takes as a larger batch: no product is with a zero. Dilation together with a stride is left to the reference.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from pellucid.kernels.binding import native
from pellucid.kernels.conv import conv_backward, conv_forward
from pellucid.kernels.declaration import declare_native
from pellucid.kernels.memory import as_images, as_logical, dense_like
from pellucid.kernels.planned_layer import Arrays, Call, GradientArrays, LayerContext, PlannedLayer, Shape
from pellucid.kernels.threads import default_threads
from pellucid.layers import REFERENCE, ConvCache, GeneralConvCache, Pair
from pellucid.layers.convolutions.general_conv import (
    check_general_conv_backward,
    check_general_conv_forward,
    padded_images,
)
from pellucid.layers.convolutions.padding import Pad
from pellucid.shapes import Array

__all__ = ["general_conv_backward", "general_conv_forward"]

LIMIT = 2**20  # of a kernel's settings


def general_conv_forward(
    x: Array,
    w: Array,
    b: Array,
    *,
    stride: int | tuple[int, int] = 1,
    pad: Pad = 0,
    dilation: int | tuple[int, int] = 1,
    groups: int = 1,
) -> tuple[Array, GeneralConvCache]:
    """Return out (N, F, H', W'), channels last in memory, and the cache."""
    shape, cache = check_general_conv_forward("general_conv_forward", x, w, b, stride, pad, dilation, groups)
    if _is_depthwise(cache):
        return _depthwise_forward(shape, cache, b), cache
    if _is_left_to_reference(cache):
        return REFERENCE.general_conv.forward(x, w, b, stride=stride, pad=pad, dilation=dilation, groups=groups)
    images, filters = _in_phases(padded_images(x, cache.pads), cache.dilation), len(w) // groups
    outs = []
    for g, group in enumerate(_groups(images, groups)):
        of_group = slice(g * filters, (g + 1) * filters)
        outs.append(as_images(conv_forward(group, w[of_group], b[of_group], stride=cache.stride)[0]))
    out = outs[0] if groups == 1 else np.concatenate(outs, axis=3)
    return as_logical(_out_of_phases(out, cache.dilation, *shape[2:])), cache


def general_conv_backward(dout: Array, cache: GeneralConvCache) -> tuple[Array, Array, Array]:
    """Return dx (N, C, H, W), dw (F, C/G, HH, WW), db (F,)."""
    check_general_conv_backward("general_conv_backward", dout, cache)
    if _is_depthwise(cache):
        return _depthwise_backward(dout, cache)
    if _is_left_to_reference(cache):
        return REFERENCE.general_conv.backward(dout, cache)
    (top, _), (left, _) = cache.pads
    images = _in_phases(padded_images(cache.x, cache.pads), cache.dilation)
    upstream, filters = _in_phases(_fitting(dout, images, cache), cache.dilation), len(cache.w) // cache.groups
    parts = []
    pairs = zip(_groups(images, cache.groups), _groups(upstream, cache.groups), strict=True)
    for g, (group, dgroup) in enumerate(pairs):
        w = cache.w[g * filters : (g + 1) * filters]
        parts.append(conv_backward(dgroup, ConvCache(group, w, cache.stride, (0, 0))))
    dimages, dw, db = (
        np.concatenate(arrays, axis) for arrays, axis in zip(zip(*parts, strict=True), (1, 0, 0), strict=True)
    )
    _, _, height, width = cache.x.shape
    dpadded = _out_of_phases(as_images(dimages), cache.dilation, top + height, left + width)
    return as_logical(dpadded[:, top:, left:]), dw, db


def _is_depthwise(cache: GeneralConvCache) -> bool:
    """Whether each channel has one filter of its own."""
    numbers = *cache.stride, *cache.pads[0], *cache.pads[1], *cache.dilation, *cache.x.shape[2:], *cache.w.shape[2:]
    return cache.groups == cache.x.shape[1] == len(cache.w) and max(numbers) < LIMIT // 2


def _is_left_to_reference(cache: GeneralConvCache) -> bool:
    return cache.dilation != (1, 1) and cache.stride != (1, 1)


def _depthwise_forward(shape: tuple[int, int, int, int], cache: GeneralConvCache, b: Array) -> Array:
    n, filters, out_h, out_w = shape
    out = np.empty((n, out_h, out_w, filters), cache.x.dtype)
    arrays = as_images(cache.x), _taps(cache.w), dense_like(b, False)
    native().depthwise_forward(*arrays, *_settings(cache), out, default_threads())
    return as_logical(out)


def _depthwise_backward(dout: Array, cache: GeneralConvCache) -> tuple[Array, Array, Array]:
    x, w = as_images(cache.x), _taps(cache.w)
    dx, dw, db = np.empty_like(x), np.empty_like(w), np.empty(w.shape[2], w.dtype)
    native().depthwise_backward(as_images(dout), x, w, *_settings(cache), dx, dw, db, default_threads())
    return as_logical(dx), dw.transpose(2, 0, 1)[:, None], db


def _taps(w: Array) -> Array:
    """(C, 1, HH, WW) -> dense (HH, WW, C)."""
    return dense_like(w[:, 0].transpose(1, 2, 0), False)


def _settings(cache: GeneralConvCache) -> tuple[list[int], list[int], list[int]]:
    return list(cache.stride), [cache.pads[0][0], cache.pads[1][0]], list(cache.dilation)


def _groups(images: Array, groups: int) -> list[Array]:
    """(B, H, W, C) -> for each group the logical (B, C/G, H, W) of its channels, dense with channels last."""
    return [as_logical(np.ascontiguousarray(part)) for part in np.split(images, groups, axis=3)]


def _in_phases(images: Array, dilation: tuple[int, int]) -> Array:
    """(N, H, W, C) -> (dilation_h * dilation_w * N, H / dilation_h, W / dilation_w, C), rounded up: every dilation-th pixel."""
    (n, h, w, c), (down, across) = images.shape, dilation
    if dilation == (1, 1):
        return images
    whole = np.pad(images, ((0, 0), (0, -h % down), (0, -w % across), (0, 0)))
    cut = whole.reshape(n, whole.shape[1] // down, down, whole.shape[2] // across, across, c)
    return cut.transpose(2, 4, 0, 1, 3, 5).reshape(-1, cut.shape[1], cut.shape[3], c)


def _out_of_phases(phases: Array, dilation: tuple[int, int], height: int, width: int) -> Array:
    """The inverse: dense (N, height, width, C), cut to that size."""
    (b, h, w, c), (down, across) = phases.shape, dilation
    if dilation != (1, 1):
        cut = phases.reshape(down, across, b // (down * across), h, w, c).transpose(2, 3, 0, 4, 1, 5)
        phases = cut.reshape(b // (down * across), h * down, w * across, c)
    return np.ascontiguousarray(phases[:, :height, :width])


def _fitting(dout: Array, images: Array, cache: GeneralConvCache) -> Array:
    """dout (N, F, H', W') as (N, ., ., F) with zeros below and to the right, where the phases have places that the output lacks."""
    if cache.dilation == (1, 1):
        return as_images(dout)
    sizes = zip(images.shape[1:3], cache.w.shape[2:], cache.dilation, dout.shape[2:], strict=True)
    more = [(size - taps + 1) * step - places for size, taps, step, places in sizes]
    return np.pad(dout.transpose(0, 2, 3, 1), ((0, 0), (0, more[0]), (0, more[1]), (0, 0)))


class _Depthwise(PlannedLayer):
    """A depthwise convolution; those with other groups, or dilated, are left to the functions above."""

    reads_input = True

    def takes(self, inputs: tuple[Shape, ...], output: Shape, options: Mapping[str, Any]) -> bool:
        ((channels, *image),) = inputs
        numbers = *image, *output, *options["stride"], *options["dilation"], *options["pad"][0], *options["pad"][1]
        return options["groups"] == channels == output[0] and max(numbers) < LIMIT // 2

    def workspace(self, context: LayerContext) -> int:
        rows, columns, _, channels = context.params[0]
        needed = getattr(native(), f"depthwise_workspace_{context.dtype.name}")
        return int(needed(rows, columns, channels, context.threads))

    def forward(self, context: LayerContext, arrays: Arrays) -> list[Call]:
        (x,), (w, b) = arrays.inputs, arrays.params
        bound = native().bound.depthwise_forward
        return [bound(None, x, w[:, :, 0], b, *self._window(context), arrays.output, context.threads)]

    def backward(self, context: LayerContext, arrays: Arrays, gradients: GradientArrays) -> list[Call]:
        (x,), (w, _), (dx,), (dw, db) = arrays.inputs, arrays.params, gradients.inputs, gradients.params
        read, written = (gradients.output, x, w[:, :, 0]), (dx, dw[:, :, 0], db)
        bound = native().bound.depthwise_backward
        return [bound(arrays.workspace, *read, *self._window(context), *written, context.threads)]

    @staticmethod
    def _window(context: LayerContext) -> tuple[list[int], list[int], list[int]]:
        (top, _), (left, _) = context.options["pad"]
        return list(context.options["stride"]), [top, left], list(context.options["dilation"])


declare_native("general_conv", Pair(general_conv_forward, general_conv_backward), _Depthwise())
