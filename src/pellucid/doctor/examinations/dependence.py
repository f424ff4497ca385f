"""What outputs depend on: their own row only, and nothing random in evaluation mode."""

import numpy as np

from pellucid.doctor.examinations.trial import at
from pellucid.doctor.patient import Patient
from pellucid.shapes import Array

__all__ = ["evaluations_differ", "own_rows_only"]

ROWS = 8


def own_rows_only(patient: Patient) -> float | None:
    """Return how much outputs change when other rows join, relative to their size; None where they are random, or not finite."""
    rows = patient.rows("training", ROWS)
    if rows is None or len(rows.y) < 2 or evaluations_differ(patient):
        return None
    together = patient.outputs(rows.x)
    alone = np.concatenate([patient.outputs(at(rows, np.array([place])).x) for place in range(len(rows.y))])
    return _difference(together, alone)


def evaluations_differ(patient: Patient) -> float | None:
    """Return how much two evaluations of the same rows differ, relative to their size; None where they are not finite."""
    rows = patient.rows("training", ROWS)
    return None if rows is None else _difference(patient.outputs(rows.x), patient.outputs(rows.x))


def _difference(first: Array, second: Array) -> float | None:
    if first.shape != second.shape or not (np.isfinite(first).all() and np.isfinite(second).all()):
        return None
    size = float(np.abs(first).max())
    return 0.0 if size == 0 else float(np.abs(first - second).max()) / size
