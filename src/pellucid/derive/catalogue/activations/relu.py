"""ReLU: max(x, 0)."""

import numpy as np

from pellucid.derive.by_hand import pair_by_hand
from pellucid.derive.derivation import Derivation
from pellucid.derive.examples import arrays
from pellucid.derive.explanation import Explanation
from pellucid.shapes import Array

__all__ = ["DERIVATIONS", "EXPLANATION", "relu"]


def relu(x: Array) -> Array:
    """max(x, 0)."""
    return np.maximum(x, 0)


DERIVATIONS = (Derivation("relu", relu, "x=N,D", pair_by_hand("relu"), numbers=arrays([[1, -2], [-3, 4]])),)
EXPLANATION = Explanation(
    name="relu",
    title="ReLU",
    formula=("out = max(0, x)", "dx = dout where x > 0, else 0"),
    shapes="any; x and out are equal in shape",
    why="A maximum passes the gradient to the larger side. At exactly 0 either side is a valid choice; here the gradient is 0.",
    mistakes=(
        "relu_backward:relu-mask-of-dout",
        "relu_backward:relu-dout-ignored",
        "relu_backward:relu-gradient-times-x",
    ),
    source="Nair & Hinton 2010",
)
