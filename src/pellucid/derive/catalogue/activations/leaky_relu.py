"""Leaky ReLU: x where it is positive, slope * x elsewhere."""

import numpy as np

from pellucid.derive.by_hand import pair_by_hand
from pellucid.derive.derivation import Derivation
from pellucid.derive.examples import arrays
from pellucid.derive.explanation import Explanation
from pellucid.shapes import Array

__all__ = ["DERIVATIONS", "EXPLANATION", "leaky_relu"]


def leaky_relu(x: Array, slope: float = 0.01) -> Array:
    """x where it is positive, slope * x elsewhere."""
    leak = slope * x
    return np.where(x > 0, x, leak)


DERIVATIONS = (
    Derivation("leaky_relu", leaky_relu, "x=N,D", pair_by_hand("leaky_relu"), numbers=arrays([[1, -2], [-3, 4]])),
)
EXPLANATION = Explanation(
    name="leaky_relu",
    title="Leaky ReLU",
    formula=("out = x where x > 0, else slope * x", "dx = dout where x > 0, else slope * dout"),
    shapes="any; x and out are equal in shape",
    why="Each entry was multiplied by 1 or by the slope, so its gradient is multiplied by the same number. No entry loses "
    "its gradient for good.",
    mistakes=("the gradient set to 0 for negative x, as in ReLU: dx is 0 where it should be slope * dout",),
    source="Maas, Hannun & Ng 2013",
)
