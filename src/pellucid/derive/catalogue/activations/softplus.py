"""Softplus: log(1 + exp(x))."""

import numpy as np

from pellucid.derive.by_hand import pair_by_hand
from pellucid.derive.derivation import Derivation
from pellucid.derive.examples import arrays
from pellucid.derive.explanation import Explanation
from pellucid.shapes import Array

__all__ = ["DERIVATIONS", "EXPLANATION", "softplus"]


def softplus(x: Array) -> Array:
    """log(1 + exp(x))."""
    grown = np.exp(x)
    above = 1 + grown
    return np.log(above)


DERIVATIONS = (
    Derivation("softplus", softplus, "x=N,D", pair_by_hand("softplus"), numbers=arrays([[0.5, 1], [-1, 2]])),
)
EXPLANATION = Explanation(
    name="softplus",
    title="Softplus",
    formula=(
        "out = log(1 + exp(x))",
        "dx = dout * s    s = 1 / (1 + exp(-x))",
    ),
    shapes="any; x and out are equal in shape",
    why="The derivative of the logarithm, 1 / (1 + exp(x)), times that of its argument, exp(x): the logistic sigmoid.",
    mistakes=("exp(x) computed for a large x: it overflows, where max(x, 0) + log(1 + exp(-|x|)) does not",),
    source="Dugas et al. 2001",
)
