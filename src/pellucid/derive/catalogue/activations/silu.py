"""SiLU (swish): x times its own sigmoid."""

import numpy as np

from pellucid.derive.by_hand import pair_by_hand
from pellucid.derive.derivation import Derivation
from pellucid.derive.examples import arrays
from pellucid.derive.explanation import Explanation
from pellucid.shapes import Array

__all__ = ["ALIASES", "DERIVATIONS", "EXPLANATION", "silu"]


def silu(x: Array) -> Array:
    """x times its own sigmoid."""
    small = np.exp(-x)
    s = 1 / (1 + small)
    return x * s


DERIVATIONS = (Derivation("silu", silu, "x=N,D", pair_by_hand("silu"), numbers=arrays([[0.5, 1], [-1, 2]])),)
ALIASES = {"swish": "silu"}
EXPLANATION = Explanation(
    name="silu",
    title="SiLU (swish)",
    formula=(
        "out = x * s    s = 1 / (1 + exp(-x))",
        "dx = dout * (s + x * s * (1 - s))",
    ),
    shapes="any; x and out are equal in shape",
    why="x reaches the output on two paths, as a factor and through the sigmoid; the gradients of both are added.",
    mistakes=(
        "one of the two paths forgotten: dx = dout * s",
        "out in place of s in the derivative of the sigmoid",
    ),
    source="Elfwing, Uchibe & Doya 2018",
)
