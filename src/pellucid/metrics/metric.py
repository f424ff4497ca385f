"""The table of metrics: what training knows by name, and one's own."""

import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from pellucid.metrics.calibration import calibration_error
from pellucid.metrics.counts import accuracy, f1, precision, recall, top_k
from pellucid.metrics.ranking import roc_auc
from pellucid.metrics.regression import mae, r2, rmse
from pellucid.own_functions import called
from pellucid.shapes import Array, ShapeError, did_you_mean, meant

__all__ = ["METRICS", "Metric", "metric_of"]

CLASSIFIED = frozenset({"classes", "binary", "multilabel"})
NUMBERS = frozenset({"numbers"})
ALL = CLASSIFIED | NUMBERS


@dataclass(frozen=True)
class Metric:
    """A function (predictions, targets) -> float, with what training needs to know of it.

    Predictions are the network's scores (N, C); targets are class numbers (N,), 0 and 1 (N, K), or values (N, K). Values, and
    their predictions, are in the target's units.

    >>> def worst(values, targets):
    ...     return float(abs(values - targets).max())
    >>> Metric(worst, larger_is_better=False).name
    'worst'
    """

    function: Callable[..., Any]
    name: str = ""  # the function's name, unless given
    larger_is_better: bool | None = None  # None: not known, so it cannot be monitored
    kinds: frozenset[str] = ALL  # of targets
    per_class: bool = False  # whether it returns an array, one value for each class or output

    def __post_init__(self) -> None:
        """Take the function's name where there is no other. Raises ShapeError."""
        if not callable(self.function):
            raise ShapeError(f"Metric: function must take (predictions, targets); got {self.function!r}")
        if not self.name:
            object.__setattr__(self, "name", getattr(self.function, "__name__", type(self.function).__name__))

    def values(
        self, predictions: Array, targets: Array, names: tuple[str, ...] = (), *, sample_weight: Array | None = None
    ) -> dict[str, float]:
        """Return the metric by name; where it has a value for each class, `f1[cat]` and so on.

        sample_weight (N,): what each row counts. Raises ShapeError where the function does not take it, or
        raises an error.
        """
        options = self._options(sample_weight)
        form = f"{self.name}({', '.join(['predictions', 'targets', *(f'{name}={name}' for name in options)])})"
        found = called(f"metric {self.name}", form, self.function, predictions, targets, **options)
        if not self.per_class:
            return {self.name: self._number(found)}
        by_class = np.asarray(found, dtype=np.float64)
        labels = names if len(names) == len(by_class) else tuple(str(i) for i in range(len(by_class)))
        base = self.name.removesuffix("_per_class").removesuffix("_per_output")
        return {f"{base}[{label}]": float(value) for label, value in zip(labels, by_class, strict=True)}

    def _options(self, sample_weight: Array | None) -> dict[str, Any]:
        if sample_weight is None:
            return {}
        parameters = inspect.signature(self.function).parameters.values()
        if not any(p.name == "sample_weight" or p.kind is p.VAR_KEYWORD for p in parameters):
            raise ShapeError(f"metric {self.name}: rows have weights, so it must take sample_weight=None")
        return {"sample_weight": sample_weight}

    def _number(self, found: Any) -> float:
        value = np.asarray(found)
        if value.size != 1 or value.dtype.kind not in "biuf":
            given = f"an array of shape {value.shape}" if value.size > 1 else repr(found)
            raise ShapeError(f"metric {self.name}: it must return a number; got {given}")
        return float(value.reshape(()))


def _per_class(function: Callable[..., Any]) -> Metric:
    kinds = CLASSIFIED - {"binary"}
    return Metric(partial(function, average=None), f"{function.__name__}_per_class", True, kinds, per_class=True)


def _micro(function: Callable[..., Any]) -> Metric:
    return Metric(partial(function, average="micro"), f"{function.__name__}_micro", True, CLASSIFIED)


def _per_output(function: Callable[..., Any], *, larger: bool) -> Metric:
    return Metric(partial(function, average=None), f"{function.__name__}_per_output", larger, NUMBERS, per_class=True)


METRICS: Mapping[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric(accuracy, "accuracy", True, CLASSIFIED),
        Metric(top_k, "top_5", True, frozenset({"classes"})),
        *(Metric(function, function.__name__, True, CLASSIFIED) for function in (precision, recall, f1)),
        *(_micro(function) for function in (precision, recall, f1)),
        *(_per_class(function) for function in (precision, recall, f1)),
        Metric(roc_auc, "roc_auc", True, CLASSIFIED),
        Metric(calibration_error, "calibration_error", False, CLASSIFIED),
        Metric(mae, "mae", False, NUMBERS),
        Metric(rmse, "rmse", False, NUMBERS),
        Metric(r2, "r2", True, NUMBERS),
        _per_output(mae, larger=False),
        _per_output(rmse, larger=False),
        _per_output(r2, larger=True),
    )
}

OTHER_NAMES = {  # of other libraries, with the same meaning
    "acc": "accuracy",
    "accuracy_score": "accuracy",
    "auc": "roc_auc",
    "roc_auc_score": "roc_auc",
    "f1_score": "f1",
    "precision_score": "precision",
    "recall_score": "recall",
    "mean_absolute_error": "mae",
    "root_mean_squared_error": "rmse",
    "r2_score": "r2",
}


def metric_of(given: Any) -> Metric:
    """Return a metric from its name (top_K for any K), a function of one's own, or a Metric. Raises ShapeError."""
    if isinstance(given, Metric):
        return given
    if callable(given):
        return Metric(given)
    known = meant(given, [*METRICS, *OTHER_NAMES]) if isinstance(given, str) else None
    if known is not None:
        return METRICS[OTHER_NAMES.get(known, known)]
    if isinstance(given, str) and (match := re.fullmatch(r"top_([1-9]\d*)", given)):
        return replace(METRICS["top_5"], function=partial(top_k, k=int(match[1])), name=given)
    hint = did_you_mean(given, METRICS) or f"; the names are {', '.join(METRICS)} (and top_K)"
    raise ShapeError(f"metrics must be names, functions (predictions, targets) or Metric; got {given!r}{hint}")
