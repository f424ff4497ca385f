"""The softmax loss in one pass over the scores. See `layers/losses/softmax.py` for the mathematics."""

import numpy as np

from pellucid.kernels.binding import native
from pellucid.kernels.declaration import declare_entry
from pellucid.kernels.memory import dense_like
from pellucid.kernels.threads import default_threads
from pellucid.layers.losses import check_softmax_loss, row_shares
from pellucid.layers.losses import softmax_loss as soft_softmax_loss
from pellucid.shapes import Array

__all__ = ["softmax_loss"]


def softmax_loss(
    scores: Array, labels: Array, *, label_smoothing: float = 0.0, weights: Array | None = None
) -> tuple[float, Array]:
    """Return the loss and dscores (N, C); the sums are taken in float64. Soft targets are left to the reference."""
    check_softmax_loss(scores, labels, label_smoothing)
    if labels.ndim == 2:
        return soft_softmax_loss(scores, labels, label_smoothing=label_smoothing, weights=weights)
    shares = row_shares("softmax_loss", weights, scores)
    dscores = np.empty(scores.shape, scores.dtype)
    loss = native().softmax_loss(
        dense_like(scores, False),
        dense_like(labels.astype(np.int64, copy=False), False),
        label_smoothing,
        shares.astype(np.float64),
        dscores,
        default_threads(),
    )
    return loss, dscores


declare_entry("softmax_loss", softmax_loss)
