"""Mean absolute error."""

import numpy as np

from pellucid.layers.losses.rows import numbers_like, row_shares
from pellucid.shapes import Array

__all__ = ["mae_loss"]


def mae_loss(scores: Array, targets: Array, *, weights: Array | None = None) -> tuple[float, Array]:
    """Mean absolute error: the mean over the batch of mean_c |scores[n, c] - targets[n, c]|.

        dscores[n, c] = sign(scores[n, c] - targets[n, c]) / (N C)

    Every error pulls with the same force, so that a few wild targets change little: the best constant is the median, where
    that of the squared error is the mean. Where the error is 0 the gradient is 0, one of the subgradients.
    targets (N, C) are numbers, or labels (N,), read as one-hot rows.
    """
    targets = numbers_like("mae_loss", scores, targets)
    share = row_shares("mae_loss", weights, scores)
    error = scores - targets
    loss = float((share * np.abs(error).mean(axis=1)).sum())
    return loss, share[:, None] * (np.sign(error) / scores.shape[1])
