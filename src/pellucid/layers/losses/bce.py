"""Binary cross-entropy: each column is a question of its own, answered yes or no."""

import numpy as np

from pellucid.layers.losses.rows import indicators_like, row_shares
from pellucid.shapes import Array

__all__ = ["bce_loss"]


def bce_loss(scores: Array, targets: Array, *, weights: Array | None = None) -> tuple[float, Array]:
    """Binary cross-entropy of sigmoid(scores) with the targets: the mean over the batch of mean_c l[n, c].

        p = sigmoid(s)      l = -t log p - (1 - t) log(1 - p)                        dl/ds = p - t
                              = max(s, 0) - t s + log(1 + exp(-|s|))

    The second form follows from log(1 - p) = log p - s and log p = min(s, 0) - log(1 + exp(-|s|)); exp never overflows in it and no
    logarithm sees 0, so scores of +-1e4 are safe. targets (N, C) lie in [0, 1], or are labels (N,), read as one-hot rows.
    """
    targets = indicators_like("bce_loss", scores, targets)
    share = row_shares("bce_loss", weights, scores)
    small = np.exp(-np.abs(scores))
    terms = np.maximum(scores, 0) - targets * scores + np.log1p(small)
    p = np.where(scores >= 0, 1, small) / (1 + small)
    loss = float((share * terms.mean(axis=1)).sum())
    return loss, share[:, None] * ((p - targets) / scores.shape[1])
