"""Metrics that count: accuracy, top k, precision, recall, F1 and the confusion matrix."""

from typing import Any

import numpy as np

from pellucid.metrics.predictions import arrays, class_scores, labelled, row_weights, rows_correct
from pellucid.shapes import Array, ShapeError, check_whole

__all__ = ["accuracy", "confusion", "f1", "precision", "recall", "top_k"]

AVERAGES = ("macro", "micro")


def accuracy(predictions: Any, targets: Any, *, sample_weight: Any = None) -> float:
    """Share of rows whose label is correct; of several labels, rows where all are (scikit-learn: subset accuracy)."""
    correct = rows_correct(*arrays("accuracy", predictions, targets))
    return float(np.average(correct, weights=row_weights("accuracy", sample_weight, len(correct))))


def top_k(scores: Any, labels: Any, k: int = 5, *, sample_weight: Any = None) -> float:
    """Share of rows (N, C) whose label is among the k highest scores. Of equal scores, the later class counts as higher."""
    scores, labels = arrays("top_k", scores, labels)
    class_scores("top_k", scores, labels)
    best = np.argsort(scores, axis=1, kind="stable")[:, -check_whole("top_k", "k", k) :]
    found = (best == labels[:, None]).any(axis=1)
    return float(np.average(found, weights=row_weights("top_k", sample_weight, len(found))))


def precision(predictions: Any, targets: Any, *, average: str | None = "macro", sample_weight: Any = None) -> Any:
    """Of the rows said to be in a class, the share that is: TP / (TP + FP); 0 where none is said to be. See `f1`."""
    true, said, _ = _counts("precision", predictions, targets, average, sample_weight)
    return _averaged(true, said, average)


def recall(predictions: Any, targets: Any, *, average: str | None = "macro", sample_weight: Any = None) -> Any:
    """Of the rows in a class, the share that is found: TP / (TP + FN); 0 where the class has no rows. See `f1`."""
    true, _, present = _counts("recall", predictions, targets, average, sample_weight)
    return _averaged(true, present, average)


def f1(predictions: Any, targets: Any, *, average: str | None = "macro", sample_weight: Any = None) -> Any:
    """Harmonic mean of precision and recall: 2 TP / (2 TP + FP + FN).

    average: 'macro' (the mean over classes), 'micro' (of the counts of all classes together) or None (an array, one for each
    class). Classes that occur neither in predictions nor in targets are left out of the mean; in the array they are 0. With one
    score for "yes", "yes" is the only class, so the result is that of the positive class.
    """
    true, said, present = _counts("f1", predictions, targets, average, sample_weight)
    return _averaged(2 * true, said + present, average)


def confusion(predictions: Any, targets: Any, *, classes: int | None = None, sample_weight: Any = None) -> Array:
    """Return (C, C) counts: row the true class, column the predicted one. classes: C, where predictions are labels.

    With weights, the sums of the rows' weights instead of counts.
    """
    found = labelled("confusion", predictions, targets)
    predicted, expected, count = found.predicted, found.expected, found.classes
    if predicted.ndim == 2:
        if count != 1:
            raise ShapeError(f"confusion: there must be one label for each row; got {count}")
        predicted, expected, count = predicted[:, 0].astype(np.int64), expected[:, 0].astype(np.int64), 2
    count = count if classes is None else check_whole("confusion", "classes", classes, minimum=count)
    weights = None if sample_weight is None else row_weights("confusion", sample_weight, len(expected))
    return np.bincount(expected * count + predicted, weights, minlength=count * count).reshape(count, count)


def _counts(
    who: str, predictions: Any, targets: Any, average: str | None, sample_weight: Any
) -> tuple[Array, Array, Array]:
    """Return (C,) of each class: rows found correctly, rows said to be in it, rows in it; each row counts by its weight."""
    if average is not None and average not in AVERAGES:
        raise ShapeError(f"{who}: average must be {', '.join(AVERAGES)} or None; got {average!r}")
    found = labelled(who, predictions, targets)
    if found.predicted.ndim == 2:
        weights = row_weights(who, sample_weight, len(found.expected))
        both = found.predicted & found.expected
        return weights @ both, weights @ found.predicted, weights @ found.expected
    table = confusion(found.predicted, found.expected, classes=found.classes, sample_weight=sample_weight)
    counts = table.diagonal(), table.sum(axis=0), table.sum(axis=1)
    if average is None:
        return counts
    occurring = counts[1] + counts[2] > 0
    return counts[0][occurring], counts[1][occurring], counts[2][occurring]


def _averaged(part: Array, whole: Array, average: str | None) -> Any:
    if average == "micro":
        part, whole = part.sum(keepdims=True), whole.sum(keepdims=True)
    shares = np.divide(part, whole, out=np.zeros(len(part)), where=whole > 0)
    return shares if average is None else float(shares.mean())
