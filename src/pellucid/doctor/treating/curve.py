"""Curve: how one short run went; and Course, that run with what the doctor can find in it."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from pellucid.doctor.chart import Chart
from pellucid.doctor.finding import AilmentFinding
from pellucid.doctor.patient import Patient
from pellucid.doctor.prescription import Measure, Prescription
from pellucid.doctor.vitals import EpochVitals
from pellucid.shapes import Array

__all__ = ["Course", "Curve", "balanced_accuracy", "curve_of"]

POINTS = 200  # of the losses by step
ROWS = 2000  # on which classes are counted


@dataclass(frozen=True)
class Curve:
    """The numbers of a short run. Lists by epoch are empty where a value does not apply, and end where it stopped being finite."""

    steps: tuple[int, ...]  # where the values of step_loss lie, counted from 1
    step_loss: tuple[float, ...]  # means over the steps up to there
    epoch_steps: tuple[int, ...]  # the last step of each epoch
    train_loss: tuple[float, ...]  # of each epoch, without penalties
    val_loss: tuple[float, ...]
    train_accuracy: tuple[float, ...]
    val_accuracy: tuple[float, ...]
    balanced_accuracy: float | None  # of the network at the end; None where targets are numbers
    not_finite: bool = False  # whether the run ended in a value that is not finite

    def value(self, measure: Measure) -> float:
        """Return what a treatment is judged by, smaller is better; infinity where it is not a finite number, or not there."""
        if self.not_finite:
            return math.inf
        if measure == "balanced accuracy":
            return math.inf if self.balanced_accuracy is None else 1 - self.balanced_accuracy
        losses = self.train_loss if measure == "training loss" or not self.val_loss else self.val_loss
        return losses[-1] if losses and math.isfinite(losses[-1]) else math.inf

    def to_dict(self) -> dict[str, Any]:
        """Return the numbers as JSON holds them; null where one is not finite."""
        return {name: _plain(value) for name, value in asdict(self).items()}


@dataclass(frozen=True)
class Course:
    """A copy that was trained as prescribed."""

    prescription: Prescription
    curve: Curve
    diagnosed: Callable[[], tuple[tuple[AilmentFinding, ...], Chart]]  # examined when it is asked for


def curve_of(
    losses: Sequence[float], epochs: Sequence[EpochVitals], patient: Patient, *, not_finite: bool, factor: float = 1.0
) -> Curve:
    """Return the curve of a run; factor brings losses back to the units of the run that is treated."""
    steps, means = _means(np.asarray(losses, np.float64) * factor)
    return Curve(
        steps,
        means,
        tuple(epoch.step for epoch in epochs),
        tuple(epoch.train_loss * factor for epoch in epochs),
        tuple(epoch.val_loss * factor for epoch in epochs if epoch.val_loss is not None),
        tuple(epoch.train_accuracy for epoch in epochs if epoch.train_accuracy is not None),
        tuple(epoch.val_accuracy for epoch in epochs if epoch.val_accuracy is not None),
        None if not_finite else balanced_accuracy(patient),
        not_finite,
    )


def balanced_accuracy(patient: Patient) -> float | None:
    """Return the mean share of each class that is answered correctly, on validation rows where there are any."""
    rows = patient.rows("validation", ROWS) or patient.rows("training", ROWS)
    if rows is None or patient.setup.loss.takes == "numbers":
        return None
    scores, targets = patient.outputs(rows.x), rows.y
    if scores.ndim != 2 or (targets.ndim > 1 and targets[0].size > 1):
        return None
    labels = targets.reshape(-1).astype(np.int64)
    answers = (scores[:, 0] > 0).astype(np.int64) if scores.shape[1] == 1 else scores.argmax(axis=1)
    return float(np.mean([(answers[labels == label] == label).mean() for label in np.unique(labels)]))


def _means(losses: Array) -> tuple[tuple[int, ...], tuple[float, ...]]:
    """Return the means of consecutive losses, and the step at which each ends."""
    parts = np.array_split(losses, min(POINTS, len(losses))) if len(losses) else []
    ends = np.cumsum([len(part) for part in parts], dtype=np.int64)
    return tuple(ends.tolist()), tuple(float(part.mean()) for part in parts)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
