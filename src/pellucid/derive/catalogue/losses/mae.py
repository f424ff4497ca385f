"""Mean absolute error."""

from typing import Any

import numpy as np

from pellucid.derive.derivation import Derivation
from pellucid.derive.examples import arrays
from pellucid.derive.explanation import Explanation
from pellucid.layers import mae_loss
from pellucid.shapes import Array

__all__ = ["ALIASES", "DERIVATIONS", "EXPLANATION", "mae"]


def mae(scores: Array, targets: Array) -> Any:
    """Mean absolute error."""
    error = scores - targets
    distance = np.abs(error)
    return distance.mean()


def by_hand(dout: Array, scores: Array, targets: Array) -> tuple[Array, ...]:
    """The library's gradient, and its negative for the targets, which the library treats as constants."""
    gradient = dout * mae_loss(scores, targets)[1]
    return gradient, -gradient


DERIVATIONS = (
    Derivation("mae", mae, "scores=N,M targets=N,M", by_hand, numbers=arrays([[1, 2], [3, 4]], [[0, 4], [1, 5]])),
)
ALIASES = {"mae_loss": "mae", "l1": "mae"}
EXPLANATION = Explanation(
    name="mae",
    title="Mean absolute error",
    formula=(
        "loss = mean over rows and columns of |scores - targets|",
        "dscores = sign(scores - targets) / (N * C)",
    ),
    shapes="scores, targets (N, C)",
    why="The slope of the absolute value is its sign, so every error pulls with the same force and the best constant is the "
    "median. At an error of 0 any slope from -1 to 1 is a subgradient; the library takes 0.",
    mistakes=("the error itself used for its sign", "divided by N alone although the mean is over the columns too"),
    source="Laplace 1774",
)
