"""Metrics of values: how far predictions are from targets, (N,) or (N, K).

Of several outputs, each is judged by itself, in its units; `average="mean"` gives their mean, None an array (K,).
"""

from typing import Any, Literal

import numpy as np

from pellucid.shapes import Array, ShapeError

__all__ = ["mae", "r2", "rmse"]

Average = Literal["mean"] | None


def mae(predictions: Any, targets: Any, *, average: Average = "mean") -> Any:
    """Mean absolute error, in the targets' units."""
    predicted, expected = _values("mae", predictions, targets)
    return _averaged("mae", np.abs(predicted - expected).mean(axis=0), average)


def rmse(predictions: Any, targets: Any, *, average: Average = "mean") -> Any:
    """Square root of the mean squared error of each output, in the targets' units."""
    predicted, expected = _values("rmse", predictions, targets)
    return _averaged("rmse", np.sqrt(((predicted - expected) ** 2).mean(axis=0)), average)


def r2(predictions: Any, targets: Any, *, average: Average = "mean") -> Any:
    """Share of the variance that is explained: 1 - sum (y - p)^2 / sum (y - mean y)^2 of each output.

    1 is perfect, 0 is what always predicting the mean gives. An output whose targets are all equal counts 1 if every prediction
    equals them, otherwise 0. NaN for a single row.
    """
    predicted, expected = _values("r2", predictions, targets)
    if len(expected) < 2:
        return _averaged("r2", np.full(expected.shape[1], np.nan), average)
    error = ((expected - predicted) ** 2).sum(axis=0)
    spread = ((expected - expected.mean(axis=0)) ** 2).sum(axis=0)
    constant = np.where(error == 0, 1.0, 0.0)
    explained = 1 - np.divide(error, spread, out=np.zeros(len(error)), where=spread > 0)
    return _averaged("r2", np.where(spread > 0, explained, constant), average)


def _averaged(who: str, each: Array, average: Average) -> Any:
    """Return the value of each output (K,) float64, or their mean."""
    if average not in ("mean", None):
        raise ShapeError(f"{who}: average must be 'mean' or None; got {average!r}")
    return each if average is None else float(each.mean())


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
