"""Metrics of values: how far predictions are from targets. Several outputs count equally."""

from typing import Any

import numpy as np

from pellucid.metrics.predictions import row_weights
from pellucid.shapes import Array, ShapeError

__all__ = ["mae", "r2", "rmse"]


def mae(predictions: Any, targets: Any, *, sample_weight: Any = None) -> float:
    """Mean absolute error, in the targets' units."""
    predicted, expected = _values("mae", predictions, targets)
    weights = row_weights("mae", sample_weight, len(expected))
    return float(np.average(np.abs(predicted - expected).mean(axis=1), weights=weights))


def rmse(predictions: Any, targets: Any, *, sample_weight: Any = None) -> float:
    """Square root of the mean squared error of each output, in the targets' units; the mean over outputs."""
    predicted, expected = _values("rmse", predictions, targets)
    weights = row_weights("rmse", sample_weight, len(expected))
    return float(np.sqrt(np.average((predicted - expected) ** 2, axis=0, weights=weights)).mean())


def r2(predictions: Any, targets: Any, *, sample_weight: Any = None) -> float:
    """Share of the variance that is explained: 1 - sum (y - p)^2 / sum (y - mean y)^2 of each output; the mean over outputs.

    1 is perfect, 0 is what always predicting the mean gives. An output whose targets are all equal counts 1 if every prediction
    equals them, otherwise 0. NaN for a single row.
    """
    predicted, expected = _values("r2", predictions, targets)
    weights = row_weights("r2", sample_weight, len(expected))
    if np.count_nonzero(weights) < 2:
        return float("nan")
    error = weights @ (expected - predicted) ** 2
    spread = weights @ (expected - np.average(expected, axis=0, weights=weights)) ** 2
    constant = np.where(error == 0, 1.0, 0.0)
    explained = 1 - np.divide(error, spread, out=np.zeros(len(error)), where=spread > 0)
    return float(np.where(spread > 0, explained, constant).mean())


def _values(who: str, predictions: Any, targets: Any) -> tuple[Array, Array]:
    """Return both as (N, K) float64. Raises ShapeError where their shapes differ: (N,) beside (N, 1) would broadcast."""
    both = []
    for name, given in (("predictions", predictions), ("targets", targets)):
        array = np.asarray(given)
        if array.ndim not in (1, 2) or array.size == 0 or array.dtype.kind not in "biuf":
            raise ShapeError(f"{who}: {name} must be numbers, (N,) or (N, K); got {array.dtype} {array.shape}")
        both.append(array.astype(np.float64).reshape(len(array), -1))
    if both[0].shape != both[1].shape:
        raise ShapeError(f"{who}: predictions and targets must have one shape; got {both[0].shape} and {both[1].shape}")
    return both[0], both[1]
