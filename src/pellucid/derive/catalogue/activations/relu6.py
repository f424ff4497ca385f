"""ReLU6: max(x, 0), at most 6."""

import numpy as np

from pellucid.derive.by_hand import pair_by_hand
from pellucid.derive.derivation import Derivation
from pellucid.derive.examples import arrays
from pellucid.derive.explanation import Explanation
from pellucid.shapes import Array

__all__ = ["DERIVATIONS", "EXPLANATION", "relu6"]


def relu6(x: Array) -> Array:
    """max(x, 0), at most 6."""
    positive = np.maximum(x, 0)
    return np.minimum(positive, 6)


DERIVATIONS = (Derivation("relu6", relu6, "x=N,D", pair_by_hand("relu6"), numbers=arrays([[1, -2], [7, 4]])),)
EXPLANATION = Explanation(
    name="relu6",
    title="ReLU6",
    formula=(
        "out = min(max(0, x), 6)",
        "dx = dout where 0 < x < 6, else 0",
    ),
    shapes="any; x and out are equal in shape",
    why="The minimum and the maximum pass the gradient to the larger or the smaller side, which is x only between 0 "
    "and 6.",
    mistakes=("the cap forgotten in the backward: entries of 6 receive a gradient",),
    source="Krizhevsky 2010",
)
