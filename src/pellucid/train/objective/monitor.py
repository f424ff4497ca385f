"""What is measured after each epoch, and the value that decides which epoch is the best."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from pellucid.data.targets import Target
from pellucid.metrics import METRICS, Metric, metric_of
from pellucid.shapes import Array, ShapeError, nearest

__all__ = ["Monitor"]

MOST_ERRORS = 4  # in the line of an epoch
BUILT_IN = {"loss": False, "accuracy": True}  # measured anyway; whether larger is better


@dataclass(frozen=True)
class Monitor:
    """Metrics, and the one that is watched: for the best epoch, for early stopping and for a learning rate that follows it."""

    metrics: tuple[Metric, ...] = ()
    watched: str | None = None  # "val_f1"; None: the validation accuracy; of numbers, the validation loss

    @classmethod
    def of(cls, metrics: Iterable[Any] | str = (), watched: str | None = None) -> "Monitor":
        """Check what a user asks for. Raises ShapeError for an unknown metric or one that cannot be watched."""
        given = (metrics,) if isinstance(metrics, str) or callable(metrics) or isinstance(metrics, Metric) else metrics
        if not isinstance(given, Sequence):
            raise ShapeError(f"Trainer: metrics must be a list of names or functions; got {metrics!r}")
        chosen = [metric_of(metric) for metric in given]
        names = [metric.name for metric in chosen]
        if len(set(names)) < len(names):
            raise ShapeError(f"Trainer: metrics must have different names; got {', '.join(names)}")
        if watched is None:
            return cls(tuple(chosen))
        name = watched.removeprefix("val_") if isinstance(watched, str) else None
        if name is None or not str(watched).startswith("val_"):
            raise ShapeError(f"Trainer: monitor must be val_loss, val_accuracy or val_ and a metric; got {watched!r}")
        if name in names:
            metric = chosen[names.index(name)]
        elif name in BUILT_IN:
            return cls(tuple(chosen), watched)
        else:
            metric = _known(name, names)
            chosen.append(metric)
        if metric.per_class:
            raise ShapeError(f"Trainer: monitor must be one number; {name} has one for each class")
        if metric.larger_is_better is None:
            raise ShapeError(
                f"Trainer: monitor={watched!r}: say whether larger is better: "
                f"metrics=[Metric({name}, larger_is_better=True)] from pellucid.metrics"
            )
        return cls(tuple(chosen), watched)

    @property
    def watched_metric(self) -> Metric | None:
        """The metric that is watched; None where that is loss or accuracy."""
        return next((metric for metric in self.metrics if f"val_{metric.name}" == self.watched), None)

    def in_units(self, target: Target) -> "Monitor":
        """Return what is measured after each epoch: of numbers, also the error in their units where no metrics were asked for."""
        if self.metrics or target.kind != "numbers":
            return self
        name = "rmse" if target.outputs == 1 else "rmse_per_output" if target.outputs <= MOST_ERRORS else "r2"
        return replace(self, metrics=(METRICS[name],))

    def decides(self, target: Target) -> str:
        """Return what decides which epoch is the best: "val_accuracy"."""
        return self.watched or ("val_loss" if target.kind == "numbers" else "val_accuracy")

    def check(self, target: Target, *, validated: bool) -> None:
        """Raise ShapeError where a metric is not for such targets, or where nothing is there to watch."""
        for metric in self.metrics:
            if target.kind not in metric.kinds:
                suiting = ", ".join(name for name, known in METRICS.items() if target.kind in known.kinds)
                raise ShapeError(f"Trainer: the metric {metric.name} is not for {target.kind}; those are: {suiting}")
        if self.watched == "val_accuracy" and target.kind == "numbers":
            raise ShapeError(
                "Trainer: monitor='val_accuracy' needs classes; for numbers use val_loss, val_rmse or val_r2"
            )
        if self.watched is not None and not validated:
            raise ShapeError(f"Trainer: monitor={self.watched!r} needs validation data: fit(..., validation=(x, y))")

    def values(
        self, part: str, target: Target, scores: Array, targets: Array, weights: Array | None = None
    ) -> dict[str, float]:
        """Return each metric of a part ("train" or "val") by name, `val_f1`; scores and targets as the loss reads them."""
        return {f"{part}_{name}": value for name, value in self.measured(target, scores, targets, weights).items()}

    def measured(self, target: Target, scores: Array, targets: Array, weights: Array | None = None) -> dict[str, float]:
        """Return each metric by name; scores and targets as the loss reads them. weights (N,): what each row counts."""
        if not np.isfinite(scores).all():  # reported elsewhere; metrics of them would be numbers without a meaning
            return {metric.name: math.nan for metric in self.metrics if not metric.per_class}
        predicted, expected = target.in_units(scores), target.in_units(targets)
        found: dict[str, float] = {}
        for metric in self.metrics:
            found |= metric.values(predicted, expected, target.names, sample_weight=weights)
        return found

    def rank(self, loss: float, accuracy: float | None, values: dict[str, float]) -> tuple[float, float] | None:
        """Return what the best epoch has most of: the watched value, at equal values minus the loss. None: not comparable.

        Of what is better when smaller, the negative counts.
        """
        if self.watched is None:
            first = 0.0 if accuracy is None else accuracy
        elif self.watched in ("val_loss", "val_accuracy") and self.watched_metric is None:
            first = -loss if self.watched == "val_loss" or accuracy is None else accuracy
        else:
            metric = self.watched_metric
            sign = -1 if metric is not None and metric.larger_is_better is False else 1
            first = sign * values[self.watched]
        return (first, -loss) if math.isfinite(first) and math.isfinite(loss) else None


USUAL = {"acc": "accuracy", "auc": "roc_auc", "mean_squared_error": "loss", "mean_absolute_error": "mae"}


def _known(name: str, given: Sequence[str]) -> Metric:
    """Return a metric of the table by name. Raises ShapeError, with the nearest name."""
    if name in METRICS or name.startswith("top_"):
        return metric_of(name)
    names = [*dict.fromkeys([*BUILT_IN, *given, *METRICS])]
    close = USUAL.get(name) or nearest(name, names)
    hint = f"; did you mean 'val_{close}'?" if close else f"; metrics are {', '.join(names)}"
    raise ShapeError(f"Trainer: monitor='val_{name}': there is no such metric{hint}")
