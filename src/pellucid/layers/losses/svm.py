"""Multiclass hinge loss, of a support vector machine."""

import numpy as np

from pellucid.layers.losses.rows import row_shares
from pellucid.shapes import Array, check_labels, check_shapes

__all__ = ["svm_loss"]


def svm_loss(scores: Array, labels: Array, *, weights: Array | None = None) -> tuple[float, Array]:
    """Multiclass hinge: every wrong class should score at least 1 below the correct one.

        loss_n = sum over c != labels[n] of max(0, scores[n, c] - scores[n, labels[n]] + 1)

    Each violated margin pushes its class down by 1 and the correct class up by 1. Source: Weston & Watkins 1999.
    """
    rows, classes = check_shapes("svm_loss", scores=(scores, "N C")).values()
    check_labels("svm_loss", labels, rows, classes)
    share = row_shares("svm_loss", weights, scores)
    correct = scores[np.arange(rows), labels][:, None]
    margins = np.maximum(0, scores - correct + 1)
    margins[np.arange(rows), labels] = 0
    loss = float((share * margins.sum(axis=1)).sum())
    dscores = (margins > 0).astype(scores.dtype)
    dscores[np.arange(rows), labels] -= dscores.sum(axis=1)
    return loss, share[:, None] * dscores
