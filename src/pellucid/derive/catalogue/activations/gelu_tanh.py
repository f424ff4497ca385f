"""GELU, approximated by tanh: x * (1 + tanh(u)) / 2 with u = sqrt(2 / pi) * (x + 0.044715 x^3)."""

import numpy as np

from pellucid.derive.by_hand import pair_by_hand
from pellucid.derive.derivation import Derivation
from pellucid.derive.examples import arrays
from pellucid.derive.explanation import Explanation
from pellucid.shapes import Array

__all__ = ["ALIASES", "DERIVATIONS", "EXPLANATION", "gelu_tanh"]


def gelu_tanh(x: Array) -> Array:
    """x * (1 + tanh(u)) / 2 with u = sqrt(2 / pi) * (x + 0.044715 x^3)."""
    squared = x**2
    cubed = squared * x
    summed = x + 0.044715 * cubed
    u = np.sqrt(2 / np.pi) * summed
    t = np.tanh(u)
    return 0.5 * x * (1 + t)


DERIVATIONS = (
    Derivation("gelu_tanh", gelu_tanh, "x=N,D", pair_by_hand("gelu_tanh"), numbers=arrays([[0.5, 1], [-1, 2]])),
)
ALIASES = {"tanh_gelu": "gelu_tanh"}
EXPLANATION = Explanation(
    name="gelu_tanh",
    title="GELU, approximated by tanh",
    formula=(
        "out = x * (1 + t) / 2    t = tanh(u)    u = sqrt(2 / pi) * (x + 0.044715 * x**3)",
        "dx = dout * ((1 + t) / 2 + x * (1 - t**2) / 2 * du)    du = sqrt(2 / pi) * (1 + 0.134145 * x**2)",
    ),
    shapes="any; x and out are equal in shape",
    why="x reaches the output on two paths, as a factor and through t; the derivative of the cube brings 3 * 0.044715"
    " = 0.134145.",
    mistakes=(
        "the derivative of the exact GELU used for the approximation",
        "the 3 of the cube forgotten in du",
    ),
    source="Hendrycks & Gimpel 2016, section 2",
)
