"""The hyperbolic tangent."""

import numpy as np

from pellucid.derive.by_hand import pair_by_hand
from pellucid.derive.derivation import Derivation
from pellucid.derive.examples import arrays
from pellucid.derive.explanation import Explanation
from pellucid.shapes import Array

__all__ = ["DERIVATIONS", "EXPLANATION", "tanh"]


def tanh(x: Array) -> Array:
    """The hyperbolic tangent of x."""
    return np.tanh(x)


DERIVATIONS = (Derivation("tanh", tanh, "x=N,D", pair_by_hand("tanh"), numbers=arrays([[0, 1], [-1, 2]])),)
EXPLANATION = Explanation(
    name="tanh",
    title="Hyperbolic tangent",
    formula=("out = tanh(x)", "dx = dout * (1 - out**2)"),
    shapes="any; x and out are equal in shape",
    why="The derivative is 1 at 0 and falls to 0 where the function levels off; it can be computed from the output.",
    mistakes=("x used in place of out: dx = dout * (1 - x**2)",),
    source="LeCun et al. 1998",
)
