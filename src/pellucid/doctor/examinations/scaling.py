"""What standardized inputs or targets would change."""

import numpy as np

from pellucid.doctor.data_facts import first_inputs
from pellucid.doctor.examinations.trial import TrialRun, trial, trial_rows
from pellucid.doctor.patient import Patient, Rows, Variation
from pellucid.shapes import Array

__all__ = ["validation_as_training", "with_standardized_inputs", "with_standardized_targets"]

ROWS = 1000


def with_standardized_inputs(patient: Patient) -> TrialRun:
    """Train from the run's beginning on rows whose columns have mean 0 and spread 1."""
    rows = trial_rows(patient)
    return trial(patient, Variation(initial=True), _with_inputs(rows, _standard(first_inputs(rows))))


def validation_as_training(patient: Patient) -> tuple[float, float] | None:
    """Return the loss of validation rows as they are, and with the mean and spread that the training part's columns have."""
    training, validation = patient.rows("training", ROWS), patient.rows("validation", ROWS)
    if training is None or validation is None:
        return None
    mean, spread = _statistics(first_inputs(training))
    as_training = _standard(first_inputs(validation)) * spread + mean
    return patient.loss(*validation), patient.loss(*_with_inputs(validation, as_training))


def _statistics(x: Array) -> tuple[Array, Array]:
    """Return mean and spread of each column; of images, of each channel."""
    axes = 0 if x.ndim == 2 else (0, *range(2, x.ndim))
    return x.mean(axis=axes, keepdims=True, dtype=np.float64), x.std(axis=axes, keepdims=True, dtype=np.float64)


def _standard(x: Array) -> Array:
    mean, spread = _statistics(x)
    return (x - mean) / np.where(spread > 0, spread, 1)


def _with_inputs(rows: Rows, x: Array) -> Rows:
    """Return rows with other first inputs."""
    x = x.astype(first_inputs(rows).dtype)
    return Rows((x, *rows.x[1:]) if isinstance(rows.x, tuple) else x, rows.y)


def with_standardized_targets(patient: Patient) -> TrialRun:
    """Train from the run's beginning towards targets with mean 0 and spread 1."""
    rows = trial_rows(patient)
    spread = rows.y.std(axis=0, keepdims=True)
    scaled = (rows.y - rows.y.mean(axis=0, keepdims=True)) / np.where(spread > 0, spread, 1)
    return trial(patient, Variation(initial=True), Rows(rows.x, scaled.astype(rows.y.dtype)))
