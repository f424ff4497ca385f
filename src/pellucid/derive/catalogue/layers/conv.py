"""Convolution (cross-correlation)."""

import numpy as np

from pellucid.derive.by_hand import pair_by_hand
from pellucid.derive.derivation import Derivation
from pellucid.derive.examples import IMAGE, KERNEL, ONE_CHANNEL
from pellucid.derive.explanation import Explanation
from pellucid.derive.windows import Size, height_and_width, strided_windows
from pellucid.shapes import Array

__all__ = ["ALIASES", "DERIVATIONS", "EXPLANATION", "conv"]


def conv(x: Array, w: Array, b: Array, stride: Size = 1, pad: Size = 1) -> Array:
    """Every window of the padded image times every filter, plus a bias."""
    pad_h, pad_w = height_and_width(pad)
    padded = np.pad(x, ((0, 0), (0, 0), (pad_h, pad_h), (pad_w, pad_w)))
    windows = strided_windows(padded, w.shape[2:], height_and_width(stride))
    products = np.einsum("nchwrs,fcrs->nfhw", windows, w)
    return products + b[:, None, None]


DERIVATIONS = (
    Derivation(
        "conv",
        conv,
        "x=N,C,H,W w=F,C,HH,WW b=F",
        pair_by_hand("conv", stride=1, pad=1),
        numbers=(IMAGE, KERNEL, ONE_CHANNEL),
        numbers_function=lambda x, w, b: conv(x, w, b, 1, 0),
    ),
)
ALIASES = {"convolution": "conv", "conv2d": "conv"}
EXPLANATION = Explanation(
    name="conv",
    title="Convolution (cross-correlation)",
    formula=(
        "out[n, f, i, j] = b[f] + sum over c, r, s of",
        "                  x_pad[n, c, i*stride + r, j*stride + s] * w[f, c, r, s]",
        "dw = sum over n, i, j of dout * window    dx_pad: each window gets dout * w added",
        "db = dout.sum(axis=(0, 2, 3))",
    ),
    shapes="x (N, C, H, W), w (F, C, HH, WW), b (F,), out (N, F, H', W')",
    why="An affine layer applied at every position with the same weights: the weights' gradients are summed over the positions, "
    "and a pixel read by several windows receives the sum of their gradients.",
    mistakes=(
        "conv_forward_naive:conv-flipped",
        "conv_forward_naive:conv-output-from-height",
        "conv_backward_naive:conv-not-summed",
        "conv_backward_naive:conv-crop-pad-0",
        "conv_backward_naive:conv-unpadded-dw",
    ),
    source="LeCun et al. 1998",
    studies=("conv-speed",),
)
