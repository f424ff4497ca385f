"""What standardized inputs or targets would change."""

import numpy as np

from pellucid.doctor.data_facts import first_inputs
from pellucid.doctor.examinations.trial import TrialRun, trial, trial_rows
from pellucid.doctor.patient import Patient, Rows, Variation

__all__ = ["with_standardized_inputs", "with_standardized_targets"]


def with_standardized_inputs(patient: Patient) -> TrialRun:
    """Train from the run's beginning on rows whose columns have mean 0 and spread 1."""
    rows = trial_rows(patient)
    x = first_inputs(rows).astype(np.float64)
    axes = 0 if x.ndim == 2 else (0, *range(2, x.ndim))  # of images, each channel
    spread = x.std(axis=axes, keepdims=True)
    scaled = ((x - x.mean(axis=axes, keepdims=True)) / np.where(spread > 0, spread, 1)).astype(first_inputs(rows).dtype)
    inputs = (scaled, *rows.x[1:]) if isinstance(rows.x, tuple) else scaled
    return trial(patient, Variation(initial=True), Rows(inputs, rows.y))


def with_standardized_targets(patient: Patient) -> TrialRun:
    """Train from the run's beginning towards targets with mean 0 and spread 1."""
    rows = trial_rows(patient)
    spread = rows.y.std(axis=0, keepdims=True)
    scaled = (rows.y - rows.y.mean(axis=0, keepdims=True)) / np.where(spread > 0, spread, 1)
    return trial(patient, Variation(initial=True), Rows(rows.x, scaled.astype(rows.y.dtype)))
