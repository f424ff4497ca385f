"""Losses: one number for a batch, and the gradient of that number.

A loss ends the chain, so its upstream gradient is 1 and one function returns both: `loss, dscores = softmax_loss(...)`.
The loss is the mean over the batch; with `weights` (N,) it is the weighted mean sum(w_n l_n) / sum(w_n), so that weight 2
means what listing the row twice would.

Shapes: scores (N, C), labels (N,) whole numbers, loss a Python float, dscores (N, C).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from pellucid.shapes import Array, ShapeError, check_labels, check_shapes

__all__ = ["LOSSES", "LOSS_KINDS", "LossKind", "mse_loss", "softmax_loss", "svm_loss"]


def softmax_loss(
    scores: Array, labels: Array, *, label_smoothing: float = 0.0, weights: Array | None = None
) -> tuple[float, Array]:
    """Cross-entropy of softmax(scores) with the labels: the mean of -log p[n, labels[n]].

        log p[n, c] = scores[n, c] - log sum_j exp(scores[n, j])          (after subtracting the row's maximum)
        loss_n      = -sum_c q[n, c] log p[n, c]        dloss_n/dscores[n, c] = p[n, c] - q[n, c]

    q is 1 at the label, 0 elsewhere; with label smoothing s it is 1 - s + s/C and s/C (Szegedy et al. 2016, section 7).
    Subtracting the maximum changes nothing (softmax does not see a shift) and keeps exp from overflowing; the logarithm is
    taken of the sum, never of a probability, so logits of +-1e4 are safe. Raises ShapeError for labels out of range.
    """
    rows, classes = check_softmax_loss(scores, labels, label_smoothing)
    share = row_shares("softmax_loss", weights, scores)
    shifted = scores - scores.max(axis=1, keepdims=True)
    exponentials = np.exp(shifted)
    total = exponentials.sum(axis=1, keepdims=True)
    log_p = shifted - np.log(total)
    target = np.full_like(scores, label_smoothing / classes)
    target[np.arange(rows), labels] += 1 - label_smoothing
    # A class of target 0 contributes 0, also where log p is -inf.
    terms = target * np.where(target > 0, log_p, 0)
    loss = -float((share * terms.sum(axis=1)).sum())
    return loss, share[:, None] * (exponentials / total - target)


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


def mse_loss(scores: Array, targets: Array, *, weights: Array | None = None) -> tuple[float, Array]:
    """Mean squared error: the mean over the batch of mean_c (scores[n, c] - targets[n, c])**2.

        dscores[n, c] = 2 (scores[n, c] - targets[n, c]) / (N C)

    targets (N, C) are numbers, or labels (N,), read as one-hot rows.
    """
    rows, classes = check_shapes("mse_loss", scores=(scores, "N C")).values()
    if isinstance(targets, np.ndarray) and targets.ndim == 1:
        check_labels("mse_loss", targets, rows, classes)
        targets = np.eye(classes, dtype=scores.dtype)[targets]
    check_shapes("mse_loss", scores=(scores, "N C"), targets=(targets, "N C"))
    share = row_shares("mse_loss", weights, scores)
    error = scores - targets
    loss = float((share * (error**2).mean(axis=1)).sum())
    return loss, share[:, None] * (2 * error / classes)


def check_softmax_loss(scores: Array, labels: Array, label_smoothing: float) -> tuple[int, int]:
    """Return (N, C). Raises ShapeError where scores, labels or label_smoothing are not what the loss takes."""
    rows, classes = check_shapes("softmax_loss", scores=(scores, "N C")).values()
    check_labels("softmax_loss", labels, rows, classes)
    if not 0 <= label_smoothing < 1:
        raise ShapeError(f"softmax_loss: label_smoothing must lie in [0, 1); got {label_smoothing}")
    return rows, classes


def row_shares(who: str, weights: Array | None, scores: Array) -> Array:
    """Return (N,) each row's share of the mean: 1/N, or weights / sum(weights)."""
    rows = len(scores)
    if rows == 0 or scores.shape[1] == 0:
        raise ShapeError(f"{who}: scores must hold at least one row and one class; got {scores.shape}")
    if weights is None:
        return np.full(rows, 1 / rows, dtype=scores.dtype)
    weights = np.asarray(weights, dtype=np.float64)
    if weights.shape != (rows,):
        raise ShapeError(f"{who}: weights must have shape (N,) = ({rows},), one for each row; got {weights.shape}")
    total = weights.sum()
    if not (np.isfinite(total) and weights.min() >= 0 and total > 0):
        raise ShapeError(f"{who}: weights must be finite, not negative and not all 0; they sum to {total}")
    return (weights / total).astype(scores.dtype)


@dataclass(frozen=True)
class LossKind:
    """A loss as training uses it."""

    name: str  # "softmax"; its entry in a table is "softmax_loss"
    function: Callable[..., tuple[float, Array]]
    takes_labels: bool = True  # whether targets are labels (N,), not numbers (N, C)
    takes_label_smoothing: bool = False

    @property
    def entry(self) -> str:
        """The name of its entry in a table of layers."""
        return f"{self.name}_loss"


LOSS_KINDS = {
    kind.name: kind
    for kind in (
        LossKind("softmax", softmax_loss, takes_label_smoothing=True),
        LossKind("svm", svm_loss),
        LossKind("mse", mse_loss, takes_labels=False),
    )
}
LOSSES = tuple(LOSS_KINDS)  # by name
