"""The product of two values; the second may hold one number for each channel."""

import numpy as np

from pellucid.derive.by_hand import pair_by_hand
from pellucid.derive.derivation import Derivation
from pellucid.derive.examples import IMAGE
from pellucid.derive.explanation import Explanation
from pellucid.shapes import Array

__all__ = ["DERIVATIONS", "EXPLANATION", "multiply"]


def multiply(a: Array, b: Array) -> Array:
    """a times b, which holds one number for each channel of each image."""
    return a * b[:, :, None, None]


DERIVATIONS = (
    Derivation("multiply", multiply, "a=N,C,H,W b=N,C", pair_by_hand("multiply"), numbers=(IMAGE, np.array([[2.0]]))),
)
EXPLANATION = Explanation(
    name="multiply",
    title="Product of two values",
    formula=("out = a * b", "da = dout * b    db = dout * a, summed over the pixels that b was repeated over"),
    shapes="a (N, ...), out as a; b as a, or (N, C, 1, 1) or (N, C) for images a (N, C, H, W)",
    why="A factor receives the gradient times the other factor. A number that weighs a whole channel took part in all"
    " its pixels, "
    "so it receives the sum of their gradients.",
    mistakes=("db averaged over the pixels instead of summed", "the factors exchanged: da = dout * a"),
    source="Hu, Shen & Sun 2018 (squeeze-and-excitation), for channels that are weighed",
)
