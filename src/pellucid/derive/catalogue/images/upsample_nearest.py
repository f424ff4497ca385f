"""Enlarging an image: by copies, or by straight lines between pixels."""

import numpy as np

from pellucid.derive.by_hand import pair_by_hand
from pellucid.derive.derivation import Derivation
from pellucid.derive.examples import IMAGE
from pellucid.derive.explanation import Explanation
from pellucid.layers.resizing.upsample_bilinear import interpolation
from pellucid.shapes import Array

__all__ = ["DERIVATIONS", "EXPLANATION", "upsample_bilinear", "upsample_nearest"]


def upsample_nearest(x: Array, scale: int = 2) -> Array:
    """Each pixel becomes a block of copies."""
    n, c, h, w = x.shape
    copies = np.broadcast_to(x[:, :, :, None, :, None], (n, c, h, scale, w, scale))
    return copies.reshape(n, c, h * scale, w * scale)


def upsample_bilinear(x: Array, scale: int = 2) -> Array:
    """A product with a matrix of weights from either side: of columns, then of rows."""
    down, across = (interpolation(length, scale, False, np.float64) for length in x.shape[2:])
    rows = np.einsum("nchw,jw->nchj", x, across)
    return np.einsum("nchj,ih->ncij", rows, down)


DERIVATIONS = tuple(
    Derivation(name, function, "x=N,C,H,W", pair_by_hand(name, scale_factor=2), numbers=(IMAGE,))
    for name, function in (("upsample_nearest", upsample_nearest), ("upsample_bilinear", upsample_bilinear))
)
EXPLANATION = Explanation(
    name="upsample_nearest",
    title="Enlarging an image, by copies or by straight lines",
    formula=(
        "nearest: out[i, j] = x[i // scale, j // scale]    dx = the sum of dout over the copies",
        "bilinear: out = A x B^T    dx = A^T dout B    A, B: weights of the two neighbours of each place",
    ),
    shapes="x (N, C, H, W), out (N, C, scale H, scale W)",
    why="Both are linear in x: a pixel that was copied, or took part with a weight, receives the sum of the gradients"
    " of the places "
    "where it took part, each times its weight.",
    mistakes=("the mean over the copies instead of their sum", "align_corners confused: places between other pixels"),
    source="the two conventions for corners are PyTorch's and ONNX's",
    covers=("upsample_bilinear",),
)
