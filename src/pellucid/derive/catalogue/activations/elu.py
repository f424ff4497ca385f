"""ELU: x where it is positive, alpha * (exp(x) - 1) elsewhere."""

import numpy as np

from pellucid.derive.by_hand import pair_by_hand
from pellucid.derive.derivation import Derivation
from pellucid.derive.examples import arrays
from pellucid.derive.explanation import Explanation
from pellucid.shapes import Array

__all__ = ["DERIVATIONS", "EXPLANATION", "elu"]


def elu(x: Array, alpha: float = 1.0) -> Array:
    """x where it is positive, alpha * (exp(x) - 1) elsewhere."""
    grown = np.exp(x)
    left = alpha * (grown - 1)
    return np.where(x > 0, x, left)


DERIVATIONS = (Derivation("elu", elu, "x=N,D", pair_by_hand("elu"), numbers=arrays([[1, -2], [-1, 4]])),)
EXPLANATION = Explanation(
    name="elu",
    title="ELU",
    formula=(
        "out = x where x > 0, else alpha * (exp(x) - 1)",
        "dx = dout where x > 0, else dout * alpha * exp(x)",
    ),
    shapes="any; x and out are equal in shape",
    why="On the left the derivative is alpha * exp(x), which is also out + alpha. It never is exactly 0, so that no "
    "entry loses its gradient for good.",
    mistakes=(
        "out in place of out + alpha on the left: a negative slope",
        "exp(x) computed for a large positive x: it overflows",
    ),
    source="Clevert, Unterthiner & Hochreiter 2016",
)
