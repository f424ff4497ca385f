"""Huber loss."""

from typing import Any

import numpy as np

from pellucid.derive.derivation import Derivation
from pellucid.derive.examples import arrays
from pellucid.derive.explanation import Explanation
from pellucid.layers import huber_loss
from pellucid.shapes import Array

__all__ = ["ALIASES", "DERIVATIONS", "EXPLANATION", "huber"]


def huber(scores: Array, targets: Array, delta: float = 1.0) -> Any:
    """Squared near the target, absolute far from it."""
    error = scores - targets
    distance = np.abs(error)
    near = 0.5 * error**2
    far = delta * (distance - 0.5 * delta)
    terms = np.where(distance <= delta, near, far)
    return terms.mean()


def by_hand(dout: Array, scores: Array, targets: Array) -> tuple[Array, ...]:
    """The library's gradient, and its negative for the targets, which the library treats as constants."""
    gradient = dout * huber_loss(scores, targets)[1]
    return gradient, -gradient


DERIVATIONS = (
    Derivation(
        "huber", huber, "scores=N,M targets=N,M", by_hand, numbers=arrays([[1, 2], [3, 4.5]], [[0.5, 4], [1, 5]])
    ),
)
ALIASES = {"huber_loss": "huber", "smooth_l1": "huber"}
EXPLANATION = Explanation(
    name="huber",
    title="Huber loss",
    formula=(
        "e = scores - targets    loss = mean of e**2 / 2 where |e| <= delta, else delta * (|e| - delta / 2)",
        "dscores = clip(e, -delta, delta) / (N * C)",
    ),
    shapes="scores, targets (N, C)",
    why="Near the target it is the squared error, whose gradient fades; far from it the absolute error, whose gradient is bounded, "
    "so that a wild target cannot outweigh the others. The pieces meet with equal value and slope at |e| = delta.",
    mistakes=(
        "delta / 2 left out of the far piece: the loss jumps at |e| = delta",
        "a factor 2 in the gradient: the near piece is e**2 / 2",
    ),
    source="Huber 1964",
)
