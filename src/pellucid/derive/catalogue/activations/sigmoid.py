"""Sigmoid: 1 / (1 + exp(-x))."""

import numpy as np

from pellucid.derive.by_hand import pair_by_hand
from pellucid.derive.derivation import Derivation
from pellucid.derive.examples import arrays
from pellucid.derive.explanation import Explanation
from pellucid.shapes import Array

__all__ = ["DERIVATIONS", "EXPLANATION", "sigmoid"]


def sigmoid(x: Array) -> Array:
    """1 / (1 + exp(-x))."""
    small = np.exp(-x)
    below = 1 + small
    return 1 / below


DERIVATIONS = (Derivation("sigmoid", sigmoid, "x=N,D", pair_by_hand("sigmoid"), numbers=arrays([[0, 1], [-1, 2]])),)
EXPLANATION = Explanation(
    name="sigmoid",
    title="Sigmoid",
    formula=("out = 1 / (1 + exp(-x))", "dx = dout * out * (1 - out)"),
    shapes="any; x and out are equal in shape",
    why="The derivative of the logistic function can be computed from its own output. It is at most 1/4, so a stack of "
    "sigmoids shrinks gradients at every layer.",
    mistakes=(
        "x used in place of out: dx = dout * x * (1 - x)",
        "exp(-x) computed for a large negative x: it overflows",
    ),
    source="Rumelhart, Hinton & Williams 1986",
)
