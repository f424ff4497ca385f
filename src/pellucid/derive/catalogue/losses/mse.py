"""Mean squared error."""

from typing import Any

from pellucid.derive.derivation import Derivation
from pellucid.derive.examples import arrays
from pellucid.derive.explanation import Explanation
from pellucid.layers import mse_loss
from pellucid.shapes import Array

__all__ = ["ALIASES", "DERIVATIONS", "EXPLANATION", "mse"]


def mse(scores: Array, targets: Array) -> Any:
    """Mean squared error."""
    error = scores - targets
    squared = error**2
    return squared.mean()


def by_hand(dout: Array, scores: Array, targets: Array) -> tuple[Array, ...]:
    """The library's gradient, and its negative for the targets, which the library treats as constants."""
    gradient = dout * mse_loss(scores, targets)[1]
    return gradient, -gradient


DERIVATIONS = (
    Derivation("mse", mse, "scores=N,M targets=N,M", by_hand, numbers=arrays([[1, 2], [3, 4]], [[0, 2], [1, 5]])),
)
ALIASES = {"mse_loss": "mse"}
EXPLANATION = Explanation(
    name="mse",
    title="Mean squared error",
    formula=(
        "loss = mean over rows and columns of (scores - targets)**2",
        "dscores = 2 * (scores - targets) / (N * C)",
    ),
    shapes="scores, targets (N, C)",
    why="The derivative of a square is twice its base, here the error; the mean divides it by the number of entries.",
    mistakes=("the factor 2 of the square missing", "divided by N alone although the mean is over the columns too"),
    source="Gauss 1809",
)
