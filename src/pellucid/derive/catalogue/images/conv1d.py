"""Convolution of sequences."""

import numpy as np

from pellucid.derive.by_hand import pair_by_hand
from pellucid.derive.derivation import Derivation
from pellucid.derive.explanation import Explanation
from pellucid.shapes import Array

__all__ = ["DERIVATIONS", "EXPLANATION", "conv1d"]


def conv1d(x: Array, w: Array, b: Array, pad: int = 1) -> Array:
    """Every window of the padded sequence times every filter, plus a bias."""
    padded = np.pad(x[:, :, None], ((0, 0), (0, 0), (0, 0), (pad, pad)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (1, w.shape[2]), axis=(2, 3))
    places = windows.reshape(*windows.shape[:2], windows.shape[3], w.shape[2])
    products = np.einsum("ncls,fcs->nfl", places, w)
    return products + b[:, None]


DERIVATIONS = (
    Derivation(
        "conv1d",
        conv1d,
        "x=N,C,W w=F,C,WW b=F",
        pair_by_hand("conv1d", pad=1),
        numbers=(np.array([[[1.0, 2, 0, 3]]]), np.array([[[1.0, 2]]]), np.zeros(1)),
        numbers_function=lambda x, w, b: conv1d(x, w, b, 0),
    ),
)
EXPLANATION = Explanation(
    name="conv1d",
    title="Convolution of sequences",
    formula=(
        "out[n, f, i] = b[f] + sum over c, s of x_pad[n, c, i*stride + s*dilation] * w[f, c, s]",
        "dw = sum over n, i of dout * window    dx_pad: each window gets dout * w added",
        "db = dout.sum(axis=(0, 2))",
    ),
    shapes="x (N, C, L), w (F, C/groups, K), b (F,), out (N, F, L')",
    why="A convolution of images of height 1: the weights' gradients are summed over the places, and a number that "
    "several windows read "
    "receives the sum of their gradients.",
    mistakes=("dout summed over the batch alone for db", "assigned instead of added where windows overlap"),
    source="LeCun et al. 1998; Waibel et al. 1989 (time delay)",
)
