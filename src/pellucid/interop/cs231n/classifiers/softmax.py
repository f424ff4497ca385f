"""`cs231n.classifiers.softmax`: the cross-entropy of a linear classifier, in loops and at once."""

import numpy as np

from pellucid.interop.cs231n import layers
from pellucid.shapes import Array

__all__ = ["softmax_loss_naive", "softmax_loss_vectorized"]


def softmax_loss_naive(W: Array, X: Array, y: Array, reg: float) -> tuple[float, Array]:
    """Return the mean loss with reg * sum(W**2), and dW, sample by sample: W (D, C), X (N, D), y (N,)."""
    loss, gradient = 0.0, np.zeros(W.shape)
    for x, label in zip(X, y, strict=True):
        scores = x @ W
        exponentials = np.exp(scores - scores.max())
        probabilities = exponentials / exponentials.sum()
        loss -= scores[label] - scores.max() - np.log(exponentials.sum())
        for other in range(W.shape[1]):
            gradient[:, other] += (probabilities[other] - (other == label)) * x
    return float(loss / len(X) + reg * np.sum(W * W)), gradient / len(X) + 2 * reg * W


def softmax_loss_vectorized(W: Array, X: Array, y: Array, reg: float) -> tuple[float, Array]:
    """Return what `softmax_loss_naive` returns, without loops."""
    loss, dscores = layers.softmax_loss(X @ W, y)
    return float(loss + reg * np.sum(W * W)), X.T @ dscores + 2 * reg * W
