"""Transposed convolution: each pixel adds a whole window, weighted, to the output; with a stride, the image grows.

    out_pad[n, f, h*stride_h + r, w*stride_w + s] += sum over c of x[n, c, h, w] w[c, f, r, s]      for every (h, w, r, s)

With a dilation D, the taps of a window lie D rows and columns apart: r and s count D times in these places.
With groups G, the channels are G parts, and each makes F/G filters by itself: w is (C, F/G, HH, WW).

out is out_pad without `pad` rows and columns on each side, plus b[f]; `output_padding` more rows and columns below and to
the right receive what windows reach there, or b alone. H' = (H - 1) stride_h - 2 pad_h + D (HH - 1) + 1 +
output_padding_h, and so for W'.

It is the backward of a convolution with the same window, from the output to the input, used as a layer: what that one makes
of a gradient, this one makes of x. Hence its own backward is that convolution's forward:

    dx[n, c, h, w]  = sum over f, r, s of dout_pad[n, f, h*stride_h + r, w*stride_w + s] w[c, f, r, s]
    dw[c, f, r, s]  = sum over n, h, w of dout_pad[n, f, h*stride_h + r, w*stride_w + s] x[n, c, h, w]
    db[f]           = sum over n, i, j of dout[n, f, i, j]

Shapes: x (N, C, H, W), w (C, F/G, HH, WW), b (F,), out (N, F, H', W'). Source: Zeiler et al. 2010; Dumoulin & Visin 2016.
"""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from pellucid.layers.convolutions.general_conv import check_groups
from pellucid.layers.description import LATER, Description, Init, Lowered, Parameter, Shape, check_init, image_sizes
from pellucid.layers.kind import LayerKind, declare
from pellucid.layers.pair import Pair
from pellucid.shapes import Array, ShapeError, check_pair, check_shapes, check_whole

__all__ = ["ConvTranspose", "ConvTransposeCache", "conv_transpose_backward", "conv_transpose_forward"]

Size = int | tuple[int, int]


class ConvTransposeCache(NamedTuple):
    x: Array  # (N, C, H, W)
    w: Array  # (C, F/G, HH, WW)
    stride: tuple[int, int]
    pad: tuple[int, int]
    out: tuple[int, int]  # (H', W')
    groups: int = 1
    dilation: tuple[int, int] = (1, 1)


def conv_transpose_forward(
    x: Array,
    w: Array,
    b: Array,
    *,
    stride: Size = 1,
    pad: Size = 0,
    output_padding: Size = 0,
    groups: int = 1,
    dilation: Size = 1,
) -> tuple[Array, ConvTransposeCache]:
    """Return out (N, F, H', W') and the cache. Raises ShapeError where nothing is left of the output."""
    who = "conv_transpose_forward"
    check_shapes(who, x=(x, "N C H W"), w=(w, "C F/G HH WW"), b=(b, "F"))
    if 0 in w.shape or 0 in x.shape[2:]:
        raise ShapeError(f"{who}: x must have pixels, and w no axis of size 0; got {x.shape} and {w.shape}")
    check_groups(who, groups, x.shape[1], len(b))
    if w.shape[1] * groups != len(b):
        raise ShapeError(f"{who}: w must have F / groups = {len(b)} / {groups} filters; got {w.shape}")
    apart = check_pair(who, "dilation", dilation, minimum=1)
    window = covered(w.shape[2:], apart)
    (step_h, step_w), (pad_h, pad_w), out = transposed_sizes(who, x.shape[2:], window, stride, pad, output_padding)
    (n, _, height, width), (rows, columns) = x.shape, w.shape[2:]
    padded = np.zeros((n, len(b), out[0] + 2 * pad_h, out[1] + 2 * pad_w), x.dtype)
    for images, weights, result in zip(_parts(x, groups), np.split(w, groups), _parts(padded, groups), strict=True):
        windows = np.tensordot(images, weights, axes=((1,), (0,)))  # (N, H, W, F/G, HH, WW)
        for r in range(rows):
            for s in range(columns):
                # For one tap no two pixels write to the same place, so a plain += misses none; taps add up.
                top, left = r * apart[0], s * apart[1]
                places = np.s_[:, :, top : top + step_h * height : step_h, left : left + step_w * width : step_w]
                result[places] += windows[..., r, s].transpose(0, 3, 1, 2)
    result = padded[:, :, pad_h : pad_h + out[0], pad_w : pad_w + out[1]] + b[:, None, None]
    return result, ConvTransposeCache(x, w, (step_h, step_w), (pad_h, pad_w), out, groups, apart)


def conv_transpose_backward(dout: Array, cache: ConvTransposeCache) -> tuple[Array, Array, Array]:
    """Return dx (N, C, H, W), dw (C, F/G, HH, WW), db (F,)."""
    x, w, stride, (pad_h, pad_w), out, groups, apart = cache
    filters = w.shape[1] * groups
    check_shapes("conv_transpose_backward", dout=(dout, f"{len(x)} {filters} {out[0]} {out[1]}"), w=(w, "C F/G HH WW"))
    padded = np.pad(dout, ((0, 0), (0, 0), (pad_h, pad_h), (pad_w, pad_w)))
    windows = sliding_window_view(padded, covered(w.shape[2:], apart), axis=(2, 3))[:, :, :: stride[0], :: stride[1]]
    windows = windows[:, :, : x.shape[2], : x.shape[3], :: apart[0], :: apart[1]]  # (N, F, H, W, HH, WW)
    dx, dw = np.empty_like(x), np.empty_like(w)
    of_images, of_weights = (_parts(a, groups) for a in (x, windows, dx)), (np.split(a, groups) for a in (w, dw))
    for images, of_group, dimages, weights, dweights in zip(*of_images, *of_weights, strict=True):
        dimages[:] = np.tensordot(of_group, weights, axes=((1, 4, 5), (1, 2, 3))).transpose(0, 3, 1, 2)
        dweights[:] = np.tensordot(images, of_group, axes=((0, 2, 3), (0, 2, 3)))
    return dx, dw, dout.sum(axis=(0, 2, 3))


def covered(kernel: tuple[int, ...], apart: tuple[int, int]) -> tuple[int, int]:
    """Return how many rows and columns a window covers whose taps lie so far apart."""
    return (kernel[0] - 1) * apart[0] + 1, (kernel[1] - 1) * apart[1] + 1


def _parts(array: Array, groups: int) -> list[Array]:
    """Return views of the channels of each group."""
    return np.split(array, groups, axis=1)


def transposed_sizes(
    who: str, image: tuple[int, int], kernel: tuple[int, int], stride: Size, pad: Size, output_padding: Size
) -> tuple[tuple[int, int], tuple[int, int], tuple[int, int]]:
    """Return stride, pad and (H', W'). Raises ShapeError for settings that do not fit."""
    strides, pads = check_pair(who, "stride", stride, minimum=1), check_pair(who, "pad", pad, minimum=0)
    more = check_pair(who, "output_padding", output_padding, minimum=0)
    if any(extra >= step for extra, step in zip(more, strides, strict=True)):
        raise ShapeError(f"{who}: output_padding must be less than stride {strides}; got {output_padding!r}")
    sizes = [
        (length - 1) * step - 2 * around + window + extra
        for length, step, around, window, extra in zip(image, strides, pads, kernel, more, strict=True)
    ]
    if min(sizes) < 1:
        raise ShapeError(f"{who}: pad {pads} leaves nothing of the output, which would be {sizes[0]}x{sizes[1]}")
    return strides, pads, (sizes[0], sizes[1])


CONV_TRANSPOSE = declare(LayerKind("conv_transpose", Pair(conv_transpose_forward, conv_transpose_backward)))


@dataclass(frozen=True)
class ConvTranspose(Description):
    """Transposed convolution with `filters` filters; kernel, stride, pad and output_padding are one number or (height, width)."""

    filters: int
    kernel: Size
    stride: Size = 1
    pad: Size = 0
    output_padding: Size = 0
    init: Init = None
    groups: int = field(default=1, metadata=LATER)
    dilation: Size = field(default=1, metadata=LATER)

    def __post_init__(self) -> None:
        super().__post_init__()
        check_whole("ConvTranspose", "filters", self.filters)
        check_whole("ConvTranspose", "groups", self.groups)
        check_pair("ConvTranspose", "kernel", self.kernel, minimum=1)
        for name, minimum in (("stride", 1), ("pad", 0), ("output_padding", 0), ("dilation", 1)):
            check_pair("ConvTranspose", name, getattr(self, name), minimum=minimum)
        check_init("ConvTranspose", self.init)

    def lowered(self, shape: Shape) -> Lowered:
        channels, *image = image_sizes("ConvTranspose", shape)
        check_groups("ConvTranspose", self.groups, channels, self.filters)
        kernel = check_pair("ConvTranspose", "kernel", self.kernel, minimum=1)
        settings = self.stride, self.pad, self.output_padding
        apart = check_pair("ConvTranspose", "dilation", self.dilation, minimum=1)
        window = covered(kernel, apart)
        stride, pad, out = transposed_sizes("ConvTranspose", (image[0], image[1]), window, *settings)
        taps, of_group = kernel[0] * kernel[1], self.filters // self.groups
        weight = Parameter(
            (channels, of_group, *kernel),
            fan_in=channels // self.groups * taps,
            fan_out=of_group * taps,
            init=self.init,
            decays=True,
        )
        more = check_pair("ConvTranspose", "output_padding", self.output_padding, minimum=0)
        options: dict[str, Any] = {"stride": stride, "pad": pad, "output_padding": more}
        if self.groups > 1:
            options["groups"] = self.groups
        if apart != (1, 1):
            options["dilation"] = apart
        params = {"weight": weight, "bias": Parameter((self.filters,), 0.0)}
        work = channels * of_group * taps * image[0] * image[1]
        return Lowered(CONV_TRANSPOSE, (self.filters, *out), options, params, multiply_adds=work)
