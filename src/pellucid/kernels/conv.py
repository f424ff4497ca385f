"""Convolution by native kernels: implicit GEMM, or Winograd where it is faster. See `layers/conv.py` for the mathematics.

Images and weights go in by their memory: an array that lies channels last, and a weight that lies as [HH][WW][C][F] (as a
network's parameters do), are not copied.
"""

from typing import Any

import numpy as np

from pellucid.kernels.activations import relu_backward
from pellucid.kernels.binding import native
from pellucid.kernels.memory import as_images, as_logical, dense_like
from pellucid.kernels.threads import default_threads
from pellucid.layers import ConvCache, ConvReluCache, ReluCache
from pellucid.layers.conv import check_conv_backward, check_conv_forward
from pellucid.shapes import Array

__all__ = ["conv_backward", "conv_forward", "conv_relu_backward", "conv_relu_forward", "uses_winograd"]

TAPS_FIRST, FILTERS_FIRST = (2, 3, 1, 0), (3, 2, 0, 1)  # (F, C, HH, WW) <-> [HH][WW][C][F]


def uses_winograd(dtype: "np.dtype[Any]", channels: int, filters: int, cache: ConvCache) -> bool:
    """Whether the Winograd form is chosen: float32, 3x3, stride 1, at least 8 channels and filters, at least a tile of output."""
    three = cache.w.shape[2:] == (3, 3) and cache.stride == (1, 1) and max(cache.pad) <= 2
    large = min(size + 2 * pad for size, pad in zip(cache.x.shape[2:], cache.pad, strict=True)) >= 6
    return dtype == np.float32 and three and large and channels >= 8 and filters >= 8


def conv_forward(
    x: Array, w: Array, b: Array, *, stride: int | tuple[int, int] = 1, pad: int | tuple[int, int] = 0
) -> tuple[Array, ConvCache]:
    """Return out (N, F, H', W'), channels last in memory, and the cache."""
    shape, cache = check_conv_forward("conv_forward", x, w, b, stride, pad)
    return _forward(shape, cache, b, relu=False), cache


def conv_backward(dout: Array, cache: ConvCache) -> tuple[Array, Array, Array]:
    """Return dx (N, C, H, W), dw (F, C, HH, WW), db (F,)."""
    check_conv_backward("conv_backward", dout, cache)
    x, w = as_images(cache.x), _weights(cache.w)
    dx, dw, db = np.empty_like(x), np.empty_like(w), np.empty(w.shape[3], w.dtype)
    winograd = uses_winograd(x.dtype, w.shape[2], w.shape[3], cache)
    native().conv_backward(
        as_images(dout), x, w, list(cache.stride), list(cache.pad), winograd, dx, dw, db, default_threads()
    )
    return as_logical(dx), dw.transpose(FILTERS_FIRST), db


def conv_relu_forward(
    x: Array, w: Array, b: Array, *, stride: int | tuple[int, int] = 1, pad: int | tuple[int, int] = 0
) -> tuple[Array, ConvReluCache]:
    """Return relu(conv(x)) (N, F, H', W') and the cache."""
    shape, cache = check_conv_forward("conv_forward", x, w, b, stride, pad)
    out = _forward(shape, cache, b, relu=True)
    return out, ConvReluCache(cache, ReluCache(out))


def conv_relu_backward(dout: Array, cache: ConvReluCache) -> tuple[Array, Array, Array]:
    """Return dx, dw, db."""
    return conv_backward(relu_backward(dout, cache.relu), cache.conv)


def _forward(shape: tuple[int, int, int, int], cache: ConvCache, b: Array, *, relu: bool) -> Array:
    n, filters, out_h, out_w = shape
    x, w = as_images(cache.x), _weights(cache.w)
    out = np.empty((n, out_h, out_w, filters), x.dtype)
    winograd = uses_winograd(x.dtype, w.shape[2], filters, cache)
    stride, pad = list(cache.stride), list(cache.pad)
    native().conv_forward(x, w, dense_like(b, False), stride, pad, relu, winograd, out, default_threads())
    return as_logical(out)


def _weights(w: Array) -> Array:
    """(F, C, HH, WW) -> contiguous (HH, WW, C, F)."""
    return dense_like(w.transpose(TAPS_FIRST), False)
