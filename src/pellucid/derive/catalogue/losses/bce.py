"""Binary cross-entropy."""

from typing import Any

import numpy as np

from pellucid.derive.by_hand import loss_by_hand
from pellucid.derive.derivation import Derivation
from pellucid.derive.examples import indicators_for
from pellucid.derive.explanation import Explanation
from pellucid.layers import bce_loss
from pellucid.shapes import Array

__all__ = ["ALIASES", "DERIVATIONS", "EXPLANATION", "bce"]


def bce(scores: Array, targets: Array) -> Any:
    """Binary cross-entropy of sigmoid(scores), in the form in which exp does not overflow."""
    above = np.maximum(scores, 0)
    chosen = targets * scores
    small = np.exp(-np.abs(scores))
    rest = np.log1p(small)
    terms = above - chosen + rest
    return terms.mean()


DERIVATIONS = (
    Derivation(
        "bce",
        bce,
        "scores=N,M",
        loss_by_hand(bce_loss),
        indicators_for("N", "M"),
        numbers=(np.array([[1.0, -2], [3, -1]]), np.array([[1, 0], [0, 1]])),
    ),
)
ALIASES = {"bce_loss": "bce", "binary_cross_entropy": "bce", "binary_crossentropy": "bce"}
EXPLANATION = Explanation(
    name="bce",
    title="Binary cross-entropy",
    formula=(
        "p = sigmoid(s)    loss = mean of -t log p - (1 - t) log(1 - p)",
        "     stable form: loss = mean of max(s, 0) - t s + log(1 + exp(-|s|))",
        "dscores = (p - t) / (N * C)",
    ),
    shapes="scores, targets (N, C)",
    why="Each column is a question of its own. The logarithm undoes the exponential in the sigmoid, so the gradient is the "
    "difference between the predicted probability and the target; the sigmoid's own derivative p (1 - p) cancels.",
    mistakes=(
        "the sigmoid's derivative left in: dscores = (p - t) p (1 - p) is squared error's gradient",
        "log of a probability that rounds to 0: infinite loss",
    ),
    source="Cox 1958",
)
