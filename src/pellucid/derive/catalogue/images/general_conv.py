"""Convolution with groups, dilation and padding by side."""

import numpy as np

from pellucid.derive.by_hand import pair_by_hand
from pellucid.derive.derivation import Derivation
from pellucid.derive.explanation import Explanation
from pellucid.derive.windows import Size, height_and_width
from pellucid.layers.convolutions.padding import Pads, covered
from pellucid.shapes import Array

__all__ = ["ALIASES", "DERIVATIONS", "EXPLANATION", "general_conv"]

BY_SIDE = ((1, 0), (0, 2))  # ((top, bottom), (left, right))


def general_conv(
    x: Array, w: Array, b: Array, groups: int = 4, dilation: Size = 2, pads: Pads = BY_SIDE, stride: Size = 1
) -> Array:
    """Every dilated window of a group of channels times every filter of that group, plus a bias."""
    filters, of_group, rows, columns = w.shape
    (down, across), (step_h, step_w) = height_and_width(dilation), height_and_width(stride)
    padded = np.pad(x, ((0, 0), (0, 0), *pads))
    windows = np.lib.stride_tricks.sliding_window_view(padded, covered((rows, columns), (down, across)), axis=(2, 3))
    taps = windows[:, :, ::step_h, ::step_w, ::down, ::across]
    n, _, out_h, out_w = taps.shape[:4]
    grouped = taps.reshape(n, groups, of_group, out_h, out_w, rows, columns)
    kernels = w.reshape(groups, filters // groups, of_group, rows, columns)
    products = np.einsum("ngchwrs,gfcrs->ngfhw", grouped, kernels)
    return products.reshape(n, filters, out_h, out_w) + b[:, None, None]


TWO_CHANNELS = np.array([[[[1.0, 2], [3, 4]], [[0, 1], [2, 1]]]])  # (1, 2, 2, 2)
FILTERS = np.array([[[[1.0, 0], [0, 2]]], [[[1, 1], [0, 0]]]])  # (2, 1, 2, 2): one for each channel
DERIVATIONS = (
    Derivation(
        "general_conv",
        general_conv,
        "x=N,C,H,W w=C,D,F,M b=C",
        pair_by_hand("general_conv", groups=4, dilation=2, pad=BY_SIDE),
        numbers=(TWO_CHANNELS, FILTERS, np.zeros(2)),
        numbers_function=lambda x, w, b: general_conv(x, w, b, 2, 1, ((0, 1), (0, 1))),
    ),
)
ALIASES = {"grouped_conv": "general_conv", "depthwise_conv": "general_conv", "dilated_conv": "general_conv"}
EXPLANATION = Explanation(
    name="general_conv",
    title="Convolution with groups, dilation and padding by side",
    formula=(
        "out[n, f, i, j] = b[f] + sum over the channels c of f's group, and r, s, of",
        "                  x_pad[n, c, i*stride + r*dilation, j*stride + s*dilation] * w[f, c, r, s]",
        "dw = sum over n, i, j of dout * window    dx_pad: each window of the group gets dout * w added",
        "db = dout.sum(axis=(0, 2, 3))",
    ),
    shapes="x (N, C, H, W), w (F, C/groups, HH, WW), b (F,), out (N, F, H', W')",
    why="A convolution for each group of channels by itself, whose windows read every dilation-th pixel: nothing else"
    " changes, so the "
    "gradients are summed over the same places, a filter's over its own group's channels. With as many groups as "
    "channels it is a "
    "depthwise convolution.",
    mistakes=(
        "the filters of a group taken one apart (f, f + groups, ...) instead of as neighbours",
        "the covered size 1 + dilation * (HH - 1) forgotten in H'",
        "the odd pixel of 'same' padding put above instead of below",
    ),
    source="Krizhevsky, Sutskever & Hinton 2012; Yu & Koltun 2016; Chollet 2017",
)
