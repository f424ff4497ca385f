"""`cs231n.classifiers.linear_svm`: the multiclass hinge loss of a linear classifier, in loops and at once."""

import numpy as np

from pellucid.interop.cs231n import layers
from pellucid.shapes import Array

__all__ = ["svm_loss_naive", "svm_loss_vectorized"]


def svm_loss_naive(W: Array, X: Array, y: Array, reg: float) -> tuple[float, Array]:
    """Return the mean loss with reg * sum(W**2), and dW, sample by sample: W (D, C), X (N, D), y (N,)."""
    loss, gradient = 0.0, np.zeros(W.shape)
    for x, label in zip(X, y, strict=True):
        scores = x @ W
        for other in range(W.shape[1]):
            margin = scores[other] - scores[label] + 1
            if other != label and margin > 0:
                loss += margin
                gradient[:, other] += x
                gradient[:, label] -= x
    return float(loss / len(X) + reg * np.sum(W * W)), gradient / len(X) + 2 * reg * W


def svm_loss_vectorized(W: Array, X: Array, y: Array, reg: float) -> tuple[float, Array]:
    """Return what `svm_loss_naive` returns, without loops."""
    loss, dscores = layers.svm_loss(X @ W, y)
    return float(loss + reg * np.sum(W * W)), X.T @ dscores + 2 * reg * W
