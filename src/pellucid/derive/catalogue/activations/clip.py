"""Clip: x between two bounds, the nearer bound outside."""

import numpy as np

from pellucid.derive.by_hand import pair_by_hand
from pellucid.derive.derivation import Derivation
from pellucid.derive.examples import arrays
from pellucid.derive.explanation import Explanation
from pellucid.shapes import Array

__all__ = ["DERIVATIONS", "EXPLANATION", "clip"]


def clip(x: Array, low: float = -1.0, high: float = 2.0) -> Array:
    """X, at least low and at most high."""
    raised = np.maximum(x, low)
    return np.minimum(raised, high)


DERIVATIONS = (
    Derivation("clip", clip, "x=N,D", pair_by_hand("clip", low=-1.0, high=2.0), numbers=arrays([[1, -2], [7, 0]])),
)
EXPLANATION = Explanation(
    name="clip",
    title="Clip",
    formula=(
        "out = min(max(x, low), high)",
        "dx = dout where low < x < high, else 0",
    ),
    shapes="any; x and out are equal in shape",
    why="The maximum and the minimum pass the gradient to the larger or the smaller side, which is x only between the "
    "bounds.",
    mistakes=("one bound forgotten in the backward: entries beyond it receive a gradient",),
    source="Collobert 2004",
)
