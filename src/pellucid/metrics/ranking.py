"""The area under the ROC curve: how well scores rank what is in a class above what is not."""

from typing import Any

import numpy as np

from pellucid.metrics.predictions import arrays, class_scores, row_weights
from pellucid.metrics.probabilities import softmax
from pellucid.shapes import Array, ShapeError

__all__ = ["roc_auc"]


def roc_auc(scores: Any, targets: Any, *, sample_weight: Any = None) -> float:
    """Probability that a row of the class gets a higher score than a row outside it; a tie counts one half.

    One score for each row and targets 0 and 1: that. Scores (N, C) and class labels: one class against the rest by softmax
    probabilities, the mean over classes; with two classes, the second. Scores and targets (N, K): the mean over labels. A class
    that has no rows, or all of them, is left out of the mean; NaN where that leaves none.
    """
    scores, targets = arrays("roc_auc", scores, targets)
    weights = row_weights("roc_auc", sample_weight, len(scores))
    if scores.ndim == 2 and scores.shape[1] > 1 and targets.ndim == 1:
        p = softmax(class_scores("roc_auc", scores, targets))
        columns = [1] if p.shape[1] == 2 else range(p.shape[1])
        areas = [_area(_margin(scores) if p.shape[1] == 2 else p[:, c], targets == c, weights) for c in columns]
    else:
        rows, expected = scores.reshape(len(scores), -1), targets.reshape(len(targets), -1)
        if rows.shape != expected.shape:
            raise ShapeError(f"roc_auc: scores and targets must have one shape; got {scores.shape} and {targets.shape}")
        areas = [_area(rows[:, k], expected[:, k] != 0, weights) for k in range(rows.shape[1])]
    known = [area for area in areas if not np.isnan(area)]
    return float(np.mean(known)) if known else float("nan")


def _margin(scores: Array) -> Array:
    """Return (N,) the second score minus the first: it ranks rows as the probability does, and never rounds to a tie at 1."""
    return scores[:, 1].astype(np.float64) - scores[:, 0]


def _area(scores: Array, positive: Array, weights: Array) -> float:
    """Return the share of pairs, each counted by the product of its weights, in the correct order (Mann and Whitney 1947)."""
    _, place = np.unique(scores, return_inverse=True)
    inside, outside = (np.bincount(place, weights * chosen) for chosen in (positive, ~positive))  # at each score
    pairs = inside.sum() * outside.sum()
    if pairs == 0:
        return float("nan")
    below = np.cumsum(outside) - outside / 2  # a tie is half a pair
    return float((inside * below).sum() / pairs)
