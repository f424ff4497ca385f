"""SVM loss (multiclass hinge)."""

from typing import Any

import numpy as np

from pellucid.derive.by_hand import loss_by_hand
from pellucid.derive.derivation import Derivation
from pellucid.derive.examples import labels_for
from pellucid.derive.explanation import Explanation
from pellucid.layers import svm_loss
from pellucid.shapes import Array

__all__ = ["ALIASES", "DERIVATIONS", "EXPLANATION", "svm"]


def svm(scores: Array, labels: Array) -> Any:
    """Hinge loss: every wrong class should score at least 1 below the correct one."""
    rows = np.arange(len(scores))
    correct = scores[rows, labels]
    difference = scores - correct[:, None]
    margins = np.maximum(difference + 1, 0)
    wrong = np.arange(scores.shape[1]) != labels[:, None]
    violated = np.where(wrong, margins, 0)
    of_row = violated.sum(axis=1)
    return of_row.mean()


DERIVATIONS = (
    Derivation(
        "svm",
        svm,
        "scores=N,M",
        loss_by_hand(svm_loss),
        labels_for("N", "M"),
        numbers=(np.array([[1.0, 2, 3], [1, 3, 0]]), np.array([2, 0])),
    ),
)
ALIASES = {"svm_loss": "svm", "hinge": "svm"}
EXPLANATION = Explanation(
    name="svm",
    title="SVM loss (multiclass hinge)",
    formula=(
        "loss = mean over rows of the sum over wrong classes of max(0, score - correct score + 1)",
        "dscores = 1 / N where a margin is violated; at the label, minus the number of violations / N",
    ),
    shapes="scores (N, C), labels (N,)",
    why="Every violated margin pushes the score of its class down by 1 and that of the correct class up by 1.",
    mistakes=(
        "svm_loss:svm-right-class-counted",
        "svm_loss:svm-right-class-minus-1",
        "svm_loss:gradient-not-averaged",
    ),
    source="Weston & Watkins 1999",
)
