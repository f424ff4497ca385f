"""Predictions and targets in the forms that the metrics of classification count."""

from typing import Any, NamedTuple

import numpy as np

from pellucid.shapes import Array, ShapeError

__all__ = ["Labelled", "class_scores", "labelled", "row_weights", "rows_correct"]


class Labelled(NamedTuple):
    """Predicted and true labels: both (N,) class numbers, or both (N, K) bool, one column a label."""

    predicted: Array
    expected: Array
    classes: int  # C or K


def labelled(who: str, predictions: Any, targets: Any) -> Labelled:
    """Return labels from scores or labels. Raises ShapeError where predictions and targets do not belong together."""
    predictions, targets = arrays(who, predictions, targets)
    if predictions.dtype.kind == "f" and (predictions.ndim == 1 or predictions.shape[1] == 1 or targets.ndim == 2):
        predictions, targets = predictions.reshape(len(predictions), -1) > 0, targets.reshape(len(targets), -1)
    if predictions.ndim == 2 and targets.ndim == 2:
        if predictions.shape != targets.shape:
            raise ShapeError(
                f"{who}: predictions and targets must have one shape; got {predictions.shape}, {targets.shape}"
            )
        return Labelled(predictions.astype(bool), targets.astype(bool), targets.shape[1])
    if predictions.ndim == 2:
        predictions, classes = class_scores(who, predictions, targets).argmax(axis=1), predictions.shape[1]
    else:
        classes = int(max(predictions.max(), targets.max())) + 1
    return Labelled(predictions.astype(np.int64), targets.astype(np.int64), classes)


def rows_correct(scores: Array, targets: Array) -> Array:
    """Return (N,) bool, whether a row is classified correctly; of several labels, whether all are."""
    found = labelled("rows_correct", scores, targets)
    equal = found.predicted == found.expected
    return equal if equal.ndim == 1 else equal.all(axis=1)


def row_weights(who: str, sample_weight: Any, rows: int) -> Array:
    """Return (N,) float64, what each row counts: 1 where no weights are given. Raises ShapeError."""
    if sample_weight is None:
        return np.ones(rows)
    weights = np.asarray(sample_weight)
    if weights.shape != (rows,) or weights.dtype.kind not in "biuf":
        raise ShapeError(f"{who}: sample_weight must be {rows} numbers; got {weights.dtype} {weights.shape}")
    if not np.isfinite(weights).all() or (weights < 0).any() or not (weights > 0).any():
        raise ShapeError(f"{who}: sample_weight must be finite and at least 0, and above 0 for one row")
    return weights.astype(np.float64)


def class_scores(who: str, scores: Array, labels: Array) -> Array:
    """Return scores (N, C) of class labels (N,). Raises ShapeError where there is no score for a label."""
    if scores.ndim != 2 or labels.ndim != 1 or scores.dtype.kind != "f":
        raise ShapeError(f"{who}: scores must be floats (N, C) and labels (N,); got {scores.shape} and {labels.shape}")
    wrong = np.flatnonzero((labels < 0) | (labels >= scores.shape[1]))
    if wrong.size:
        row = wrong[0]
        raise ShapeError(f"{who}: labels must lie in 0..{scores.shape[1] - 1}; row {row} is {labels[row]}")
    return scores


def arrays(who: str, predictions: Any, targets: Any) -> tuple[Array, Array]:
    """Return both as arrays of at least one row, targets as whole numbers. Raises ShapeError."""
    predictions, targets = np.asarray(predictions), np.asarray(targets)
    for name, array in (("predictions", predictions), ("targets", targets)):
        if array.ndim not in (1, 2) or array.size == 0 or array.dtype.kind not in "biuf":
            raise ShapeError(f"{who}: {name} must be numbers, (N,) or (N, C); got {array.dtype} {array.shape}")
    if len(predictions) != len(targets):
        raise ShapeError(f"{who}: there must be a target for each row; got {len(predictions)} and {len(targets)}")
    whole = targets if targets.dtype.kind in "biu" else targets.astype(np.int64)
    if targets.dtype.kind == "f" and (whole != targets).any():
        raise ShapeError(f"{who}: targets must be class numbers or 0 and 1; got {targets[whole != targets][0]}")
    return predictions, whole
