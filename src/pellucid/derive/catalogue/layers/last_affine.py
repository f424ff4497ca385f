"""Affine over the last axis."""

import numpy as np

from pellucid.derive.by_hand import pair_by_hand
from pellucid.derive.derivation import Derivation
from pellucid.derive.examples import arrays
from pellucid.derive.explanation import Explanation
from pellucid.shapes import Array

__all__ = ["DERIVATIONS", "EXPLANATION", "last_affine"]


def last_affine(x: Array, w: Array, b: Array) -> Array:
    """Each row of the last axis times weights, plus a bias."""
    products = np.einsum("nhd,dm->nhm", x, w)
    return products + b


NUMBERS = arrays([[[1, 2], [3, 4]]], [[1, 0, 2], [-1, 3, 1]], [1, 2, 3])
DERIVATIONS = (
    Derivation("last_affine", last_affine, "x=N,H,D w=D,M b=M", pair_by_hand("last_affine"), numbers=NUMBERS),
)
EXPLANATION = Explanation(
    name="last_affine",
    title="Affine over the last axis",
    formula=("out = x @ w + b, for every row of the last axis", "dx = dout @ w.T    dw, db: summed over all rows"),
    shapes="x (N, ..., D), w (D, M), b (M,), out (N, ..., M)",
    why="The same weights serve every token or pixel, so their gradients are summed over samples and places alike. "
    "With the channels first, it is a convolution of 1 x 1 pixels.",
    mistakes=("db summed over the samples only",),
    source="Rumelhart, Hinton & Williams 1986",
)
