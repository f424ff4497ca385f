"""Metrics: how good predictions are, as numbers for people. Losses, which networks minimize, live in `layers/losses/`.

    accuracy(scores, labels)         f1(scores, labels, average="micro")         rmse(values, targets)

Every function takes predictions first, then targets, and returns a float (or one for each class, as an array). For classification,
predictions are scores, as a network makes them, or labels: floats (N, C) are a score for each class, floats (N, K) with targets
(N, K) one for each label, floats (N,) or (N, 1) one for "yes"; whole numbers and bools are labels themselves. `METRICS` is the
table of those that training knows by name. Every function takes `sample_weight` (N,), what each row counts: weight 2 is listing the
row twice, weight 0 leaving it out. Where a metric has a convention for odd cases (a class that does not occur, targets
that are all equal), its docstring states it. Reading order: predictions, counts, ranking, calibration, regression, metric.
"""

from pellucid.metrics.calibration import calibration_error
from pellucid.metrics.counts import accuracy, confusion, f1, precision, recall, top_k
from pellucid.metrics.metric import METRICS, Metric, metric_of
from pellucid.metrics.predictions import rows_correct
from pellucid.metrics.ranking import roc_auc
from pellucid.metrics.regression import mae, r2, rmse

__all__ = [
    "METRICS",
    "Metric",
    "accuracy",
    "calibration_error",
    "confusion",
    "f1",
    "mae",
    "metric_of",
    "precision",
    "r2",
    "recall",
    "rmse",
    "roc_auc",
    "rows_correct",
    "top_k",
]
