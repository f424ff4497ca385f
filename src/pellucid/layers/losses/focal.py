"""Focal losses: cross-entropy that counts less what is already classified well. Source: Lin et al. 2017."""

import numpy as np

from pellucid.layers.losses.rows import indicators_like, row_shares
from pellucid.shapes import Array, ShapeError, check_labels, check_number, check_shapes

__all__ = ["binary_focal_loss", "focal_loss"]


def focal_loss(
    scores: Array, labels: Array, *, gamma: float = 2.0, weights: Array | None = None
) -> tuple[float, Array]:
    """Focal loss of softmax(scores): the mean over the batch of -(1 - p)**gamma log p, p the probability of the label.

        dl/dp = gamma (1 - p)**(gamma - 1) log p - (1 - p)**gamma / p         dp/ds_c = p ([c is the label] - p_c)
        dl/ds_c = (gamma p (1 - p)**(gamma - 1) log p - (1 - p)**gamma) ([c is the label] - p_c)

    gamma = 0 is cross-entropy; with gamma = 2, a row with p = 0.9 counts a hundredth. 1 - p is summed from the other
    probabilities, which keeps its digits near p = 1; logits of +-1e4 are safe.
    """
    check_number("focal_loss", "gamma", gamma, minimum=0)
    rows, classes = check_shapes("focal_loss", scores=(scores, "N C")).values()
    check_labels("focal_loss", labels, rows, classes)
    share = row_shares("focal_loss", weights, scores)
    shifted = scores - scores.max(axis=1, keepdims=True)
    exponentials = np.exp(shifted)
    total = exponentials.sum(axis=1, keepdims=True)
    of_row, probabilities = np.arange(rows), exponentials / total
    log_p = shifted[of_row, labels] - np.log(total[:, 0])
    p = probabilities[of_row, labels]
    others = probabilities.copy()
    others[of_row, labels] = 0
    q = others.sum(axis=1)
    loss = float((share * -(q**gamma * log_p)).sum())
    slope = _slope(p, q, log_p, gamma)
    direction = -probabilities
    direction[of_row, labels] = q
    return loss, share[:, None] * (slope[:, None] * direction)


def binary_focal_loss(
    scores: Array, targets: Array, *, gamma: float = 2.0, weights: Array | None = None
) -> tuple[float, Array]:
    """Focal loss of sigmoid(scores): the mean over the batch of mean_c -(1 - p)**gamma log p, p the probability of the target.

        z = s where the target is 1, -s where it is 0         p = sigmoid(z)
        dl/dz = (gamma p (1 - p)**(gamma - 1) log p - (1 - p)**gamma) (1 - p)

    targets (N, C) are 0 and 1, or labels (N,), read as one-hot rows; gamma = 0 is binary cross-entropy.
    """
    check_number("binary_focal_loss", "gamma", gamma, minimum=0)
    targets = indicators_like("binary_focal_loss", scores, targets)
    if ((targets != 0) & (targets != 1)).any():
        raise ShapeError("binary_focal_loss: targets must be 0 or 1; some lie between")
    share = row_shares("binary_focal_loss", weights, scores)
    sign = 2 * targets - 1
    z = sign * scores
    small = np.exp(-np.abs(z))
    p, q = np.where(z >= 0, 1, small) / (1 + small), np.where(z >= 0, small, 1) / (1 + small)
    log_p = np.minimum(z, 0) - np.log1p(small)
    loss = float((share * -(q**gamma * log_p).mean(axis=1)).sum())
    return loss, share[:, None] * (sign * q * _slope(p, q, log_p, gamma) / scores.shape[1])


def _slope(p: Array, q: Array, log_p: Array, gamma: float) -> Array:
    """Return gamma p q**(gamma - 1) log p - q**gamma, with q = 1 - p; log p / q tends to -1 where q is 0."""
    ratio = np.divide(log_p, q, out=np.full_like(p, -1), where=q > 0)
    return q**gamma * (gamma * p * ratio - 1)
