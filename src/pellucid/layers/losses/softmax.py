"""Softmax cross-entropy: minus the logarithm of the probability given to the label."""

import numpy as np

from pellucid.layers.losses.rows import row_shares
from pellucid.shapes import Array, ShapeError, check_labels, check_shapes

__all__ = ["check_softmax_loss", "softmax_loss"]

SUM_TOLERANCE = 1e-3  # of float32 targets with many classes


def softmax_loss(
    scores: Array, labels: Array, *, label_smoothing: float = 0.0, weights: Array | None = None
) -> tuple[float, Array]:
    """Cross-entropy of softmax(scores) with labels (N,), the mean of -log p[n, labels[n]], or with soft targets (N, C).

        log p[n, c] = scores[n, c] - log sum_j exp(scores[n, j])          (after subtracting the row's maximum)
        loss_n      = -sum_c q[n, c] log p[n, c]        dloss_n/dscores[n, c] = p[n, c] - q[n, c]

    q is 1 at the label, 0 elsewhere, or the soft target, whose row sums to 1 (mixed labels, for example): the derivative is the
    same, since sum_c q[n, c] = 1. With label smoothing s it becomes (1 - s) q + s/C (Szegedy et al. 2016, section 7).
    Subtracting the maximum changes nothing (softmax does not see a shift) and keeps exp from overflowing; the logarithm is
    taken of the sum, never of a probability, so logits of +-1e4 are safe. Raises ShapeError for labels
    out of range, and for soft targets that are negative or do not sum to 1.
    """
    rows, classes = check_softmax_loss(scores, labels, label_smoothing)
    share = row_shares("softmax_loss", weights, scores)
    shifted = scores - scores.max(axis=1, keepdims=True)
    exponentials = np.exp(shifted)
    total = exponentials.sum(axis=1, keepdims=True)
    log_p = shifted - np.log(total)
    target = np.full_like(scores, label_smoothing / classes)
    if labels.ndim == 1:
        target[np.arange(rows), labels] += 1 - label_smoothing
    else:
        target += (1 - label_smoothing) * labels.astype(scores.dtype, copy=False)
    # A class of target 0 contributes 0, also where log p is -inf.
    terms = target * np.where(target > 0, log_p, 0)
    loss = -float((share * terms.sum(axis=1)).sum())
    return loss, share[:, None] * (exponentials / total - target)


def check_softmax_loss(scores: Array, labels: Array, label_smoothing: float) -> tuple[int, int]:
    """Return (N, C). Raises ShapeError where scores, labels or label_smoothing are not what the loss takes."""
    rows, classes = check_shapes("softmax_loss", scores=(scores, "N C")).values()
    if isinstance(labels, np.ndarray) and labels.ndim == 2 and labels.dtype.kind == "f":
        _check_soft(labels, rows, classes)
    else:
        check_labels("softmax_loss", labels, rows, classes)
    if not 0 <= label_smoothing < 1:
        raise ShapeError(f"softmax_loss: label_smoothing must lie in [0, 1); got {label_smoothing}")
    return rows, classes


def _check_soft(targets: Array, rows: int, classes: int) -> None:
    """Raise ShapeError unless each row of soft targets holds shares of the classes, which sum to 1."""
    if targets.shape != (rows, classes):
        raise ShapeError(
            f"softmax_loss: soft targets must have shape (N, C) = ({rows}, {classes}); got {targets.shape}"
        )
    sums = targets.sum(axis=1)
    wrong = np.flatnonzero(~((targets >= 0).all(axis=1) & (np.abs(sums - 1) < SUM_TOLERANCE)))
    if wrong.size:
        row = int(wrong[0])
        raise ShapeError(
            f"softmax_loss: each row of soft targets must hold numbers of at least 0 that sum to 1; row {row} is {targets[row]}"
        )
