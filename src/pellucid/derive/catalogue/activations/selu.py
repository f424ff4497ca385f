"""SELU: scale * x where x is positive, scale * alpha * (exp(x) - 1) elsewhere."""

import numpy as np

from pellucid.derive.by_hand import pair_by_hand
from pellucid.derive.derivation import Derivation
from pellucid.derive.examples import arrays
from pellucid.derive.explanation import Explanation
from pellucid.layers.activations.selu import SELU_ALPHA, SELU_SCALE
from pellucid.shapes import Array

__all__ = ["DERIVATIONS", "EXPLANATION", "selu"]


def selu(x: Array) -> Array:
    """scale * x where x is positive, scale * alpha * (exp(x) - 1) elsewhere."""
    grown = np.exp(x)
    left = SELU_ALPHA * (grown - 1)
    kept = np.where(x > 0, x, left)
    return SELU_SCALE * kept


DERIVATIONS = (Derivation("selu", selu, "x=N,D", pair_by_hand("selu"), numbers=arrays([[1, -2], [-1, 4]])),)
EXPLANATION = Explanation(
    name="selu",
    title="SELU",
    formula=(
        "out = scale * x where x > 0, else scale * alpha * (exp(x) - 1)",
        "dx = scale * dout where x > 0, else scale * alpha * exp(x) * dout",
    ),
    shapes="any; x and out are equal in shape",
    why="An ELU times a constant, so is its derivative. The constants are those for which a standard normal input "
    "gives an output with mean 0 and variance 1; weights must be drawn with variance 1 / fan_in for it to hold.",
    mistakes=(
        "scale left out on one of the two sides",
        "alpha used without scale on the left",
    ),
    source="Klambauer, Unterthiner, Mayr & Hochreiter 2017",
)
