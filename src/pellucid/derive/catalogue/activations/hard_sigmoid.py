"""Hard sigmoid: x / 6 + 1/2, cut to [0, 1]."""

import numpy as np

from pellucid.derive.by_hand import pair_by_hand
from pellucid.derive.derivation import Derivation
from pellucid.derive.examples import arrays
from pellucid.derive.explanation import Explanation
from pellucid.shapes import Array

__all__ = ["DERIVATIONS", "EXPLANATION", "hard_sigmoid"]


def hard_sigmoid(x: Array) -> Array:
    """x / 6 + 1/2, cut to [0, 1]."""
    shifted = x + 3
    positive = np.maximum(shifted, 0)
    cut = np.minimum(positive, 6)
    return cut / 6


DERIVATIONS = (
    Derivation("hard_sigmoid", hard_sigmoid, "x=N,D", pair_by_hand("hard_sigmoid"), numbers=arrays([[1, -2], [7, 0]])),
)
EXPLANATION = Explanation(
    name="hard_sigmoid",
    title="Hard sigmoid",
    formula=(
        "out = min(max(0, x / 6 + 1/2), 1)",
        "dx = dout / 6 where -3 < x < 3, else 0",
    ),
    shapes="any; x and out are equal in shape",
    why="A straight line between two constants: its slope is 1/6 between -3 and 3, and 0 outside.",
    mistakes=(
        "the sixth forgotten: dx = dout",
        "masked where out > 0 alone: entries above 3 receive a gradient",
    ),
    source="Howard et al. 2019",
)
