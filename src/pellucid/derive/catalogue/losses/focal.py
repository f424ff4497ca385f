"""Focal loss of a softmax."""

from typing import Any

import numpy as np

from pellucid.derive.by_hand import loss_by_hand
from pellucid.derive.catalogue.losses.softmax import log_softmax
from pellucid.derive.derivation import Derivation
from pellucid.derive.examples import labels_for
from pellucid.derive.explanation import Explanation
from pellucid.layers import focal_loss
from pellucid.shapes import Array

__all__ = ["ALIASES", "DERIVATIONS", "EXPLANATION", "focal"]


def focal(scores: Array, labels: Array) -> Any:
    """Cross-entropy, each row times (1 - p)**2."""
    log_p = log_softmax(scores)
    rows = np.arange(len(scores))
    chosen = log_p[rows, labels]
    p = np.exp(chosen)
    weight = (1 - p) ** 2
    weighted = weight * chosen
    return -weighted.mean()


DERIVATIONS = (
    Derivation(
        "focal",
        focal,
        "scores=N,M",
        loss_by_hand(focal_loss),
        labels_for("N", "M"),
        numbers=(np.array([[1.0, 2, 3], [3, 0, 0]]), np.array([2, 0])),
    ),
)
ALIASES = {"focal_loss": "focal"}
EXPLANATION = Explanation(
    name="focal",
    title="Focal loss",
    formula=(
        "loss = mean of -(1 - p)**gamma log p    p = softmax(scores)[label]",
        "dscores = (gamma p (1 - p)**(gamma - 1) log p - (1 - p)**gamma) * (one-hot label - softmax) / N",
    ),
    shapes="scores (N, C), labels (N,)",
    why="Rows that are classified well already count less, so that the few hard ones are heard. The factor depends on p, too: its "
    "derivative is the first of the two terms, and leaving it out is no longer the gradient of the loss.",
    mistakes=("the factor taken for a constant: dscores = (1 - p)**gamma (softmax - one-hot label) / N",),
    source="Lin et al. 2017",
)
