"""Huber loss: squared near the target, absolute far from it."""

import numpy as np

from pellucid.layers.losses.rows import numbers_like, row_shares
from pellucid.shapes import Array, check_number

__all__ = ["huber_loss"]


def huber_loss(
    scores: Array, targets: Array, *, delta: float = 1.0, weights: Array | None = None
) -> tuple[float, Array]:
    """Huber loss: the mean over the batch of mean_c h(scores[n, c] - targets[n, c]).

        h(e) = e**2 / 2                        where |e| <= delta           h'(e) = e
             = delta (|e| - delta / 2)         where |e| >  delta                 = delta sign(e)

    Both pieces have the same value and slope at |e| = delta; the gradient is the error clipped to [-delta, delta], divided by
    N C. targets (N, C) are numbers, or labels (N,), read as one-hot rows. Source: Huber 1964.
    """
    check_number("huber_loss", "delta", delta, above=0)
    targets = numbers_like("huber_loss", scores, targets)
    share = row_shares("huber_loss", weights, scores)
    error = scores - targets
    slope = np.clip(error, -delta, delta)
    # For both pieces: slope * e - slope**2 / 2 is e**2 / 2, and delta |e| - delta**2 / 2.
    loss = float((share * (slope * (error - slope / 2)).mean(axis=1)).sum())
    return loss, share[:, None] * (slope / scores.shape[1])
