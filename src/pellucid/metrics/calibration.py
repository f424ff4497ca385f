"""Calibration: whether probabilities mean what they say."""

from typing import Any

import numpy as np

from pellucid.metrics.predictions import arrays, class_scores, row_weights
from pellucid.metrics.probabilities import sigmoid, softmax
from pellucid.shapes import ShapeError, check_whole

__all__ = ["calibration_error"]


def calibration_error(scores: Any, targets: Any, *, bins: int = 15, sample_weight: Any = None) -> float:
    """Expected calibration error: the mean of |share correct - mean confidence| over bins of equal width, weighted by their rows.

    Confidence is the probability of the predicted class: softmax of scores (N, C), the sigmoid of one score for each row. The
    first bin is [0, 1/bins], the others (i/bins, (i+1)/bins]. With several labels (N, K), each label of each row counts as a
    row. Source: Guo et al. 2017, equation 3.
    """
    scores, targets = arrays("calibration_error", scores, targets)
    if scores.dtype.kind != "f":
        raise ShapeError(f"calibration_error: predictions must be scores (floats); got {scores.dtype}")
    if scores.ndim == 2 and scores.shape[1] > 1 and targets.ndim == 1:
        p = softmax(class_scores("calibration_error", scores, targets))
        confidence, correct = p.max(axis=1), p.argmax(axis=1) == targets
    else:
        if scores.size != targets.size:
            raise ShapeError(
                f"calibration_error: scores and targets must have one shape; got {scores.shape}, {targets.shape}"
            )
        positive = sigmoid(scores.ravel())
        confidence, correct = np.maximum(positive, 1 - positive), (scores.ravel() > 0) == (targets.ravel() != 0)
    weights = row_weights("calibration_error", sample_weight, len(scores)).repeat(len(confidence) // len(scores))
    edges = np.linspace(0, 1, check_whole("calibration_error", "bins", bins) + 1)
    place = np.searchsorted(edges[1:-1], confidence)
    gap = np.bincount(place, weights=weights * (correct - confidence))  # rows times (share correct - mean confidence)
    return float(np.abs(gap).sum() / weights.sum())
