"""Convolution (cross-correlation, as everywhere in deep learning): a window slides over the image; every place is an affine map.

    out[n, f, i, j] = b[f] + sum over c, r, s of x_pad[n, c, i*stride_h + r, j*stride_w + s] * w[f, c, r, s]

x_pad is x with `pad` zeros on each side. H' = 1 + (H + 2 pad_h - HH) // stride_h, and so for W'; what the last window leaves
over at the border is not read, and its gradient is 0.

Shapes: x (N, C, H, W), w (F, C, HH, WW), b (F,), out (N, F, H', W'). stride and pad: one number, or (height, width).

Backward. Each output is a sum of products, so the gradient of each factor is the sum, over the outputs it entered, of the
upstream gradient times the other factor:

    dw[f, c, r, s]                              = sum over n, i, j of dout[n, f, i, j] x_pad[n, c, i*stride_h + r, j*stride_w + s]
    dx_pad[n, c, i*stride_h + r, j*stride_w + s] += sum over f of dout[n, f, i, j] w[f, c, r, s]      for every (i, j, r, s)
    db[f]                                       = sum over n, i, j of dout[n, f, i, j]

Two forms: `conv_*_loops` are the formulas as nested loops; `conv_forward` and `conv_backward` lay the windows of one image out
as the rows of a matrix (im2col), so that the sums are matrix products. One image at a time: the matrix of a whole batch would
be HH*WW times the batch's size. Source: LeCun et al. 1998; Chellapilla, Puri & Simard 2006 (im2col).
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from pellucid.layers.convolutions.general_conv import GENERAL_CONV, check_groups
from pellucid.layers.convolutions.padding import Pad, by_side, check_pad, places_of_window
from pellucid.layers.description import Description, Init, Lowered, Parameter, Shape, check_init, image_sizes
from pellucid.layers.kind import LayerKind, declare
from pellucid.layers.pair import Pair
from pellucid.shapes import Array, ShapeError, check_pair, check_shapes, check_whole

__all__ = [
    "Conv",
    "ConvCache",
    "conv_backward",
    "conv_backward_loops",
    "conv_forward",
    "conv_forward_loops",
    "conv_output_size",
]


class ConvCache(NamedTuple):
    x: Array  # (N, C, H, W)
    w: Array  # (F, C, HH, WW)
    stride: tuple[int, int]
    pad: tuple[int, int]


def conv_forward(
    x: Array, w: Array, b: Array, *, stride: int | tuple[int, int] = 1, pad: int | tuple[int, int] = 0
) -> tuple[Array, ConvCache]:
    """Return out (N, F, H', W') and the cache. Raises ShapeError where the window does not fit."""
    (n, _, out_h, out_w), cache = check_conv_forward("conv_forward", x, w, b, stride, pad)
    kernel = _kernel_as_matrix(w)
    padded = _pad_channels_last(x, cache.pad)
    out = np.empty((n, out_h, out_w, len(w)), x.dtype)
    for image, result in zip(padded, out, strict=True):
        np.matmul(_windows_as_rows(image, w.shape[2:], cache.stride), kernel, out=result.reshape(-1, len(w)))
    out += b
    return out.transpose(0, 3, 1, 2), cache


def conv_backward(dout: Array, cache: ConvCache) -> tuple[Array, Array, Array]:
    """Return dx (N, C, H, W), dw (F, C, HH, WW), db (F,)."""
    x, w, (stride_h, stride_w), (pad_h, pad_w) = cache
    (_, _, height, width), (filters, channels, kernel_h, kernel_w) = x.shape, w.shape
    out_h, out_w = check_conv_backward("conv_backward", dout, cache)
    kernel = _kernel_as_matrix(w)
    padded = _pad_channels_last(x, cache.pad)
    dpadded = np.zeros_like(padded)
    dkernel = np.zeros_like(kernel)
    dout_rows = dout.transpose(0, 2, 3, 1)  # (N, H', W', F)
    for image, dimage, dresult in zip(padded, dpadded, dout_rows, strict=True):
        drows = dresult.reshape(out_h * out_w, filters)
        dkernel += _windows_as_rows(image, (kernel_h, kernel_w), cache.stride).T @ drows
        dwindows = (drows @ kernel.T).reshape(out_h, out_w, kernel_h, kernel_w, channels)
        for r in range(kernel_h):
            for s in range(kernel_w):
                # For one tap no two windows read the same pixel, so a plain += misses none; taps add up.
                dimage[r : r + stride_h * out_h : stride_h, s : s + stride_w * out_w : stride_w] += dwindows[:, :, r, s]
    dx = dpadded[:, pad_h : pad_h + height, pad_w : pad_w + width].transpose(0, 3, 1, 2)
    dw = dkernel.reshape(kernel_h, kernel_w, channels, filters).transpose(3, 2, 0, 1)
    return dx, dw, dout.sum(axis=(0, 2, 3))


def conv_forward_loops(
    x: Array, w: Array, b: Array, *, stride: int | tuple[int, int] = 1, pad: int | tuple[int, int] = 0
) -> tuple[Array, ConvCache]:
    """The formula as nested loops: return out (N, F, H', W') and the cache."""
    shape, cache = check_conv_forward("conv_forward_loops", x, w, b, stride, pad)
    (stride_h, stride_w), (pad_h, pad_w) = cache.stride, cache.pad
    _, _, kernel_h, kernel_w = w.shape
    padded = np.pad(x, ((0, 0), (0, 0), (pad_h, pad_h), (pad_w, pad_w)))
    out = np.empty(shape, x.dtype)
    for n in range(shape[0]):
        for f in range(shape[1]):
            for i in range(shape[2]):
                for j in range(shape[3]):
                    top, left = i * stride_h, j * stride_w
                    window = padded[n, :, top : top + kernel_h, left : left + kernel_w]
                    out[n, f, i, j] = (window * w[f]).sum() + b[f]
    return out, cache


def conv_backward_loops(dout: Array, cache: ConvCache) -> tuple[Array, Array, Array]:
    """The formulas as nested loops: return dx (N, C, H, W), dw (F, C, HH, WW), db (F,)."""
    x, w, (stride_h, stride_w), (pad_h, pad_w) = cache
    check_conv_backward("conv_backward_loops", dout, cache)
    _, _, kernel_h, kernel_w = w.shape
    padded = np.pad(x, ((0, 0), (0, 0), (pad_h, pad_h), (pad_w, pad_w)))
    dpadded, dw, db = np.zeros_like(padded), np.zeros_like(w), np.zeros(len(w), w.dtype)
    for n in range(dout.shape[0]):
        for f in range(dout.shape[1]):
            for i in range(dout.shape[2]):
                for j in range(dout.shape[3]):
                    top, left = i * stride_h, j * stride_w
                    upstream = dout[n, f, i, j]
                    dw[f] += upstream * padded[n, :, top : top + kernel_h, left : left + kernel_w]
                    dpadded[n, :, top : top + kernel_h, left : left + kernel_w] += upstream * w[f]
                    db[f] += upstream
    # pad + size, not -pad: with pad 0, `[0:-0]` would be empty.
    return dpadded[:, :, pad_h : pad_h + x.shape[2], pad_w : pad_w + x.shape[3]], dw, db


def conv_output_size(
    who: str, image: tuple[int, int], kernel: tuple[int, int], stride: tuple[int, int], pad: tuple[int, int] = (0, 0)
) -> tuple[int, int]:
    """Return (H', W'): how many windows fit. Raises ShapeError where none does."""
    padded = image[0] + 2 * pad[0], image[1] + 2 * pad[1]
    if padded[0] < kernel[0] or padded[1] < kernel[1]:
        raise ShapeError(
            f"{who}: the window must fit into the padded image; "
            f"the window is {kernel[0]}x{kernel[1]}, the image with its padding {padded[0]}x{padded[1]}"
        )
    return 1 + (padded[0] - kernel[0]) // stride[0], 1 + (padded[1] - kernel[1]) // stride[1]


def check_conv_forward(
    who: str, x: Array, w: Array, b: Array, stride: int | tuple[int, int], pad: int | tuple[int, int]
) -> tuple[tuple[int, int, int, int], ConvCache]:
    """Return the shape of the output, and the cache. Raises ShapeError where the arguments do not fit."""
    check_shapes(who, x=(x, "N C H W"), w=(w, "F C HH WW"), b=(b, "F"))
    strides, pads = check_pair(who, "stride", stride, minimum=1), check_pair(who, "pad", pad, minimum=0)
    if 0 in w.shape:
        raise ShapeError(f"{who}: w must have at least one filter, channel, row and column; got {w.shape}")
    out_h, out_w = conv_output_size(who, x.shape[2:], w.shape[2:], strides, pads)
    return (len(x), len(w), out_h, out_w), ConvCache(x, w, strides, pads)


def check_conv_backward(who: str, dout: Array, cache: ConvCache) -> tuple[int, int]:
    """Return (H\', W\'). Raises ShapeError where dout does not fit the output of the forward."""
    x, w, stride, pad = cache
    out_h, out_w = conv_output_size(who, x.shape[2:], w.shape[2:], stride, pad)
    check_shapes(who, dout=(dout, f"{len(x)} {len(w)} {out_h} {out_w}"), w=(w, "F C HH WW"))
    return out_h, out_w


def _kernel_as_matrix(w: Array) -> Array:
    """(F, C, HH, WW) -> (HH*WW*C, F), rows in the order of `_windows_as_rows`."""
    return w.transpose(2, 3, 1, 0).reshape(-1, len(w))


def _pad_channels_last(x: Array, pad: tuple[int, int]) -> Array:
    """(N, C, H, W) -> (N, H + 2 pad_h, W + 2 pad_w, C) with zeros around; x itself where nothing needs to move."""
    n, c, h, w = x.shape
    if pad == (0, 0):
        return np.ascontiguousarray(x.transpose(0, 2, 3, 1))
    padded = np.zeros((n, h + 2 * pad[0], w + 2 * pad[1], c), x.dtype)
    padded[:, pad[0] : pad[0] + h, pad[1] : pad[1] + w] = x.transpose(0, 2, 3, 1)
    return padded


def _windows_as_rows(image: Array, kernel: tuple[int, ...], stride: tuple[int, int]) -> Array:
    """(H, W, C) -> (H'*W', HH*WW*C): one row for each place of the window."""
    windows = sliding_window_view(image, kernel, axis=(0, 1))[:: stride[0], :: stride[1]]  # (H', W', C, HH, WW)
    return windows.transpose(0, 1, 3, 4, 2).reshape(windows.shape[0] * windows.shape[1], -1)


CONV = declare(LayerKind("conv", Pair(conv_forward, conv_backward), fuses_relu=True))


@dataclass(frozen=True)
class Conv(Description):
    """Convolution with `filters` filters; kernel, stride, pad and dilation are one number or (height, width).

    pad is also ((top, bottom), (left, right)), or "same": as many places as pixels, or with a stride ceil(size / stride).
    groups cuts channels and filters into groups that do not mix; as many as there are channels make a depthwise convolution.
    """

    filters: int
    kernel: int | tuple[int, int]
    stride: int | tuple[int, int] = 1
    pad: Pad = 0
    init: Init = None
    dilation: int | tuple[int, int] = 1
    groups: int = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        check_whole("Conv", "filters", self.filters)
        check_pair("Conv", "kernel", self.kernel, minimum=1)
        check_pair("Conv", "stride", self.stride, minimum=1)
        check_pad("Conv", self.pad)
        check_pair("Conv", "dilation", self.dilation, minimum=1)
        check_whole("Conv", "groups", self.groups)
        check_init("Conv", self.init)

    def lowered(self, shape: Shape) -> Lowered:
        channels, height, width = image_sizes("Conv", shape)
        kernel, stride, dilation = (
            check_pair("Conv", name, getattr(self, name), minimum=1) for name in ("kernel", "stride", "dilation")
        )
        check_groups("Conv", self.groups, channels, self.filters)
        pads = by_side("Conv", self.pad, (height, width), kernel, stride, dilation)
        plain = self.groups == 1 and dilation == (1, 1) and all(before == after for before, after in pads)
        options: dict[str, Any]
        if plain:
            pad = pads[0][0], pads[1][0]
            out = conv_output_size("Conv", (height, width), kernel, stride, pad)
            layer, options = CONV, {"stride": stride, "pad": pad}
        else:
            out = places_of_window("Conv", (height, width), kernel, stride, pads, dilation)
            layer, options = GENERAL_CONV, {"stride": stride, "pad": pads, "dilation": dilation, "groups": self.groups}
        of_group, taps = channels // self.groups, kernel[0] * kernel[1]
        weight = Parameter(
            (self.filters, of_group, *kernel),
            memory=(2, 3, 1, 0),
            fan_in=of_group * taps,
            fan_out=self.filters // self.groups * taps,
            init=self.init,
            decays=True,
        )
        params = {"weight": weight, "bias": Parameter((self.filters,), 0.0)}
        work = self.filters * of_group * taps * out[0] * out[1]
        return Lowered(layer, (self.filters, *out), options, params, multiply_adds=work)
