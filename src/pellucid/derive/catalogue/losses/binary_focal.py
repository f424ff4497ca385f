"""Focal loss of a sigmoid."""

from typing import Any

import numpy as np

from pellucid.derive.by_hand import loss_by_hand
from pellucid.derive.derivation import Derivation
from pellucid.derive.examples import indicators_for
from pellucid.derive.explanation import Explanation
from pellucid.layers import binary_focal_loss
from pellucid.shapes import Array

__all__ = ["ALIASES", "DERIVATIONS", "EXPLANATION", "binary_focal"]


def binary_focal(scores: Array, targets: Array) -> Any:
    """Binary cross-entropy, each entry times (1 - p)**2, where p is the probability given to the target."""
    z = (2 * targets - 1) * scores
    small = np.exp(-np.abs(z))
    log_p = np.minimum(z, 0) - np.log1p(small)
    p = np.exp(log_p)
    weight = (1 - p) ** 2
    weighted = weight * log_p
    return -weighted.mean()


DERIVATIONS = (
    Derivation(
        "binary_focal",
        binary_focal,
        "scores=N,M",
        loss_by_hand(binary_focal_loss),
        indicators_for("N", "M"),
        numbers=(np.array([[1.0, -2], [3, -1]]), np.array([[1, 0], [0, 1]])),
    ),
)
ALIASES = {"binary_focal_loss": "binary_focal", "sigmoid_focal_loss": "binary_focal"}
EXPLANATION = Explanation(
    name="binary_focal",
    title="Focal loss of a sigmoid",
    formula=(
        "z = s where the target is 1, -s where it is 0    p = sigmoid(z)",
        "loss = mean of -(1 - p)**gamma log p",
        "dz = (gamma p (1 - p)**(gamma - 1) log p - (1 - p)**gamma) * (1 - p) / (N * C)",
    ),
    shapes="scores, targets (N, C)",
    why="The focal loss of two classes, written for one score: 1 - p is the sigmoid of -z, which the last factor comes from.",
    mistakes=("the factor taken for a constant", "log of 1 - p computed as such: it rounds to log 0 for large scores"),
    source="Lin et al. 2017",
)
