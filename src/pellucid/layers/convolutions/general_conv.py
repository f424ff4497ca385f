"""Convolution in its general form: groups of channels, dilated windows, padding by side.

    out[n, f, i, j] = b[f] + sum over c, r, s of w[f, c, r, s] *
                      x_pad[n, c0 + c, i*stride_h + r*dilation_h, j*stride_w + s*dilation_w]

The channels are cut into `groups` of C/G, the filters into as many of F/G, and a filter reads the channels of its own group
alone, which begin at c0 = (f // (F/G)) * C/G. With groups = C each filter reads one channel: a depthwise convolution. x_pad
is x with zeros around, and H' = 1 + (H + top + bottom - dilation_h*(HH - 1) - 1) // stride_h, and so for W' (`padding.py`).

Shapes: x (N, C, H, W), w (F, C/G, HH, WW), b (F,), out (N, F, H', W'). stride, dilation: one number, or (height, width);
pad: also ((top, bottom), (left, right)), or "same".

Backward. Each output is a sum of products, so the gradient of each factor is the sum, over the outputs that it entered, of
the upstream gradient times the other factor; a filter's gradient comes from its own group, and a channel's from the filters
of its group:

    dw[f, c, r, s]          = sum over n, i, j of dout[n, f, i, j] x_pad[n, c0 + c, i*stride_h + r*dilation_h, ...]
    dx_pad[n, c0 + c, i*stride_h + r*dilation_h, ...] += sum over f of the group of dout[n, f, i, j] w[f, c, r, s]
    db[f]                   = sum over n, i, j of dout[n, f, i, j]

As in `../conv.py`, the windows of one image are laid out as the rows of a matrix, here of one for each group, so that the
sums are one product of stacked matrices. Source: Krizhevsky, Sutskever & Hinton 2012 (groups); Yu & Koltun 2016 (dilation);
Chollet 2017 (depthwise).
"""

from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from pellucid.layers.convolutions.padding import Pad, Pads, by_side, covered, places_of_window
from pellucid.layers.kind import LayerKind, declare
from pellucid.layers.pair import Pair
from pellucid.shapes import Array, ShapeError, check_pair, check_shapes, check_whole

__all__ = [
    "GENERAL_CONV",
    "GeneralConvCache",
    "check_general_conv_backward",
    "check_general_conv_forward",
    "general_conv_backward",
    "general_conv_forward",
    "padded_images",
]


class GeneralConvCache(NamedTuple):
    x: Array  # (N, C, H, W)
    w: Array  # (F, C/G, HH, WW)
    stride: tuple[int, int]
    pads: Pads  # ((top, bottom), (left, right))
    dilation: tuple[int, int]
    groups: int


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
    """Return out (N, F, H', W') and the cache. Raises ShapeError where the window or the groups do not fit."""
    shape, cache = check_general_conv_forward("general_conv_forward", x, w, b, stride, pad, dilation, groups)
    n, filters, out_h, out_w = shape
    kernels = _kernels(w, groups)
    out = np.empty((n, out_h, out_w, filters), x.dtype)
    for image, result in zip(padded_images(x, cache.pads), out, strict=True):
        products = _windows_by_group(image, cache) @ kernels  # (G, H'*W', F/G)
        result[:] = products.transpose(1, 0, 2).reshape(out_h, out_w, filters)
    out += b
    return out.transpose(0, 3, 1, 2), cache


def general_conv_backward(dout: Array, cache: GeneralConvCache) -> tuple[Array, Array, Array]:
    """Return dx (N, C, H, W), dw (F, C/G, HH, WW), db (F,)."""
    x, w, stride, ((top, _), (left, _)), dilation, groups = cache
    out_h, out_w = check_general_conv_backward("general_conv_backward", dout, cache)
    (_, channels, height, width), (filters, of_group, rows, columns) = x.shape, w.shape
    kernels, padded = _kernels(w, groups), padded_images(x, cache.pads)
    dpadded, dkernels = np.zeros_like(padded), np.zeros_like(kernels)
    for image, dimage, dresult in zip(padded, dpadded, dout.transpose(0, 2, 3, 1), strict=True):
        drows = dresult.reshape(out_h * out_w, groups, filters // groups).transpose(1, 0, 2)  # (G, H'*W', F/G)
        dkernels += _windows_by_group(image, cache).transpose(0, 2, 1) @ drows
        dwindows = (drows @ kernels.transpose(0, 2, 1)).reshape(groups, out_h, out_w, rows, columns, of_group)
        dwindows = dwindows.transpose(3, 4, 1, 2, 0, 5).reshape(rows, columns, out_h, out_w, channels)
        for r in range(rows):
            for s in range(columns):
                # For one tap no two windows read the same pixel, so a plain += misses none; taps add up.
                down = slice(r * dilation[0], r * dilation[0] + stride[0] * out_h, stride[0])
                across = slice(s * dilation[1], s * dilation[1] + stride[1] * out_w, stride[1])
                dimage[down, across] += dwindows[r, s]
    dx = dpadded[:, top : top + height, left : left + width].transpose(0, 3, 1, 2)
    dw = dkernels.reshape(groups, rows, columns, of_group, filters // groups).transpose(0, 4, 3, 1, 2).reshape(w.shape)
    return dx, dw, dout.sum(axis=(0, 2, 3))


def check_general_conv_forward(
    who: str,
    x: Array,
    w: Array,
    b: Array,
    stride: int | tuple[int, int],
    pad: Pad,
    dilation: int | tuple[int, int],
    groups: int,
) -> tuple[tuple[int, int, int, int], GeneralConvCache]:
    """Return the shape of the output, and the cache. Raises ShapeError where the arguments do not fit."""
    check_shapes(who, x=(x, "N C H W"), w=(w, "F C/G HH WW"), b=(b, "F"))
    strides, dilations = check_pair(who, "stride", stride, minimum=1), check_pair(who, "dilation", dilation, minimum=1)
    if 0 in w.shape:
        raise ShapeError(f"{who}: w must have at least one filter, channel, row and column; got {w.shape}")
    check_groups(who, groups, x.shape[1], len(w))
    if w.shape[1] * groups != x.shape[1]:
        raise ShapeError(
            f"{who}: w must have C / groups = {x.shape[1]} / {groups} channels because x is {x.shape}; got {w.shape}"
        )
    pads = by_side(who, pad, x.shape[2:], w.shape[2:], strides, dilations)
    out_h, out_w = places_of_window(who, x.shape[2:], w.shape[2:], strides, pads, dilations)
    return (len(x), len(w), out_h, out_w), GeneralConvCache(x, w, strides, pads, dilations, int(groups))


def check_groups(who: str, groups: int, channels: int, filters: int) -> None:
    """Raise ShapeError unless groups divides the channels and the filters."""
    check_whole(who, "groups", groups)
    if channels % groups or filters % groups:
        raise ShapeError(f"{who}: groups must divide the {channels} channels and the {filters} filters; got {groups}")


def check_general_conv_backward(who: str, dout: Array, cache: GeneralConvCache) -> tuple[int, int]:
    """Return (H', W'). Raises ShapeError where dout does not fit the output of the forward."""
    x, w, stride, pads, dilation, _ = cache
    out_h, out_w = places_of_window(who, x.shape[2:], w.shape[2:], stride, pads, dilation)
    check_shapes(who, dout=(dout, f"{len(x)} {len(w)} {out_h} {out_w}"), w=(w, "F C/G HH WW"))
    return out_h, out_w


def padded_images(x: Array, pads: Pads) -> Array:
    """(N, C, H, W) -> dense (N, H + top + bottom, W + left + right, C) with zeros around."""
    return np.ascontiguousarray(np.pad(x.transpose(0, 2, 3, 1), ((0, 0), *pads, (0, 0))))


def _kernels(w: Array, groups: int) -> Array:
    """(F, C/G, HH, WW) -> (G, HH*WW*C/G, F/G), rows in the order of `_windows_by_group`."""
    of_group = w.reshape(groups, len(w) // groups, *w.shape[1:])
    return of_group.transpose(0, 3, 4, 2, 1).reshape(groups, -1, len(w) // groups)


def _windows_by_group(image: Array, cache: GeneralConvCache) -> Array:
    """(H, W, C) -> (G, H'*W', HH*WW*C/G): for each group, one row for each place of the window."""
    window = covered(cache.w.shape[2:], cache.dilation)
    windows = sliding_window_view(image, window, axis=(0, 1))[:: cache.stride[0], :: cache.stride[1]]
    windows = windows[..., :: cache.dilation[0], :: cache.dilation[1]]  # (H', W', C, HH, WW)
    places, taps = windows.shape[0] * windows.shape[1], windows.shape[3] * windows.shape[4]
    grouped = windows.reshape(*windows.shape[:2], cache.groups, -1, *windows.shape[3:])  # (H', W', G, C/G, HH, WW)
    return grouped.transpose(2, 0, 1, 4, 5, 3).reshape(cache.groups, places, taps * cache.w.shape[1])


GENERAL_CONV = declare(LayerKind("general_conv", Pair(general_conv_forward, general_conv_backward)))
