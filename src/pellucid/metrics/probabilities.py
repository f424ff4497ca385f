"""Scores as probabilities, for the metrics that need them."""

import numpy as np

from pellucid.shapes import Array

__all__ = ["sigmoid", "softmax"]


def softmax(scores: Array) -> Array:
    """Return softmax of each row, float64, after subtracting the row's maximum."""
    scores = scores.astype(np.float64)
    exponentials = np.exp(scores - scores.max(axis=1, keepdims=True))
    return exponentials / exponentials.sum(axis=1, keepdims=True)


def sigmoid(scores: Array) -> Array:
    """Return 1 / (1 + exp(-score)), float64; exp never overflows."""
    small = np.exp(-np.abs(scores.astype(np.float64)))
    return np.where(scores >= 0, 1, small) / (1 + small)
