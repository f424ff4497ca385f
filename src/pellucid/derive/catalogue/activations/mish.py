"""Mish: x times tanh(softplus(x))."""

import numpy as np

from pellucid.derive.by_hand import pair_by_hand
from pellucid.derive.derivation import Derivation
from pellucid.derive.examples import arrays
from pellucid.derive.explanation import Explanation
from pellucid.shapes import Array

__all__ = ["DERIVATIONS", "EXPLANATION", "mish"]


def mish(x: Array) -> Array:
    """x times tanh(softplus(x))."""
    grown = np.exp(x)
    above = 1 + grown
    smooth = np.log(above)
    t = np.tanh(smooth)
    return x * t


DERIVATIONS = (Derivation("mish", mish, "x=N,D", pair_by_hand("mish"), numbers=arrays([[0.5, 1], [-1, 2]])),)
EXPLANATION = Explanation(
    name="mish",
    title="Mish",
    formula=(
        "out = x * t    t = tanh(softplus(x))",
        "dx = dout * (t + x * (1 - t**2) * s)    s = 1 / (1 + exp(-x))",
    ),
    shapes="any; x and out are equal in shape",
    why="x reaches the output on two paths, as a factor and through t; along the second, the derivatives of tanh and "
    "of softplus multiply.",
    mistakes=(
        "one of the two paths forgotten: dx = dout * t",
        "the sigmoid, the derivative of softplus, left out",
    ),
    source="Misra 2020",
)
