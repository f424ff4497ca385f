"""Hard swish: x times its hard sigmoid."""

import numpy as np

from pellucid.derive.by_hand import pair_by_hand
from pellucid.derive.derivation import Derivation
from pellucid.derive.examples import arrays
from pellucid.derive.explanation import Explanation
from pellucid.shapes import Array

__all__ = ["DERIVATIONS", "EXPLANATION", "hard_swish"]


def hard_swish(x: Array) -> Array:
    """x times its hard sigmoid."""
    shifted = x + 3
    positive = np.maximum(shifted, 0)
    cut = np.minimum(positive, 6)
    share = cut / 6
    return x * share


DERIVATIONS = (
    Derivation("hard_swish", hard_swish, "x=N,D", pair_by_hand("hard_swish"), numbers=arrays([[1, -2], [7, 0]])),
)
EXPLANATION = Explanation(
    name="hard_swish",
    title="Hard swish",
    formula=(
        "out = x * h    h = min(max(0, x / 6 + 1/2), 1)",
        "dx = 0 where x <= -3; dout * (x / 3 + 1/2) up to 3; dout beyond",
    ),
    shapes="any; x and out are equal in shape",
    why="x reaches the output on two paths, as a factor and through the hard sigmoid; between -3 and 3 both count, "
    "and add up to x / 3 + 1/2.",
    mistakes=("one of the two paths forgotten: dx = dout * h",),
    source="Howard et al. 2019",
)
