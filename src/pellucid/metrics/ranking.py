"""The area under the ROC curve: how well scores rank what is in a class above what is not."""

from typing import Any

import numpy as np

from pellucid.metrics.predictions import arrays, class_scores
from pellucid.metrics.probabilities import softmax
from pellucid.shapes import Array, ShapeError

__all__ = ["roc_auc"]


def roc_auc(scores: Any, targets: Any) -> float:
    """Probability that a row of the class gets a higher score than a row outside it; a tie counts one half.

    One score for each row and targets 0 and 1: that. Scores (N, C) and class labels: one class against the rest by softmax
    probabilities, the mean over classes; with two classes, the second. Scores and targets (N, K): the mean over labels. A class
    that has no rows, or all of them, is left out of the mean; NaN where that leaves none.
    """
    scores, targets = arrays("roc_auc", scores, targets)
    if scores.ndim == 2 and scores.shape[1] > 1 and targets.ndim == 1:
        p = softmax(class_scores("roc_auc", scores, targets))
        columns = [1] if p.shape[1] == 2 else range(p.shape[1])
        areas = [_area(_margin(scores) if p.shape[1] == 2 else p[:, c], targets == c) for c in columns]
    else:
        rows, expected = scores.reshape(len(scores), -1), targets.reshape(len(targets), -1)
        if rows.shape != expected.shape:
            raise ShapeError(f"roc_auc: scores and targets must have one shape; got {scores.shape} and {targets.shape}")
        areas = [_area(rows[:, k], expected[:, k] != 0) for k in range(rows.shape[1])]
    known = [area for area in areas if not np.isnan(area)]
    return float(np.mean(known)) if known else float("nan")


def _margin(scores: Array) -> Array:
    """Return (N,) the second score minus the first: it ranks rows as the probability does, and never rounds to a tie at 1."""
    return scores[:, 1].astype(np.float64) - scores[:, 0]


def _area(scores: Array, positive: Array) -> float:
    """Return the share of pairs in the correct order, by the sum of ranks (Mann and Whitney 1947)."""
    inside = int(positive.sum())
    outside = len(positive) - inside
    if inside == 0 or outside == 0:
        return float("nan")
    _, place, count = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(count) - (count - 1) / 2)[place]  # equal scores share the mean of their ranks
    return float((ranks[positive].sum() - inside * (inside + 1) / 2) / (inside * outside))
