"""Mean squared error."""

from pellucid.layers.losses.rows import numbers_like, row_shares
from pellucid.shapes import Array

__all__ = ["mse_loss"]


def mse_loss(scores: Array, targets: Array, *, weights: Array | None = None) -> tuple[float, Array]:
    """Mean squared error: the mean over the batch of mean_c (scores[n, c] - targets[n, c])**2.

        dscores[n, c] = 2 (scores[n, c] - targets[n, c]) / (N C)

    targets (N, C) are numbers, or labels (N,), read as one-hot rows.
    """
    targets = numbers_like("mse_loss", scores, targets)
    share = row_shares("mse_loss", weights, scores)
    error = scores - targets
    loss = float((share * (error**2).mean(axis=1)).sum())
    return loss, share[:, None] * (2 * error / scores.shape[1])
