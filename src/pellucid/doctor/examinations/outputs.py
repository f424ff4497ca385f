"""What the outputs are, whatever makes them: scores or probabilities; and whether the loss reads targets row by row."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from pellucid.doctor.examinations.trial import at
from pellucid.doctor.patient import Patient, Rows

__all__ = ["OutputForm", "loss_follows_targets", "output_form", "output_range"]

ROWS = 32
SUM_ERROR = 1e-3  # of a sum of probabilities
CLEAR = 1e-4  # relative change of the loss that rounding does not make
FOLLOWED = 0.05  # of the change that is expected


@dataclass(frozen=True)
class OutputForm:
    """Sums of the outputs on a batch."""

    rows: int
    rows_sum_to_one: bool
    columns_sum_to_one: bool


def output_form(patient: Patient) -> OutputForm | None:
    """Return what the outputs add up to; None where there is one row, or one output."""
    rows = patient.rows("training", ROWS)
    if rows is None or len(rows.y) < 3:
        return None
    outputs = patient.outputs(rows.x).astype(np.float64)
    if outputs.ndim != 2 or outputs.shape[1] < 2 or not np.isfinite(outputs).all():
        return None
    positive = bool((outputs >= 0).all())
    return OutputForm(
        len(outputs),
        positive and bool((np.abs(outputs.sum(axis=1) - 1) < SUM_ERROR).all()),
        positive and bool((np.abs(outputs.sum(axis=0) - 1) < SUM_ERROR).all()),
    )


def output_range(patient: Patient) -> tuple[float, float] | None:
    """Return the smallest and the largest output on a batch; None where one is not finite."""
    rows = patient.rows("training", ROWS)
    outputs = None if rows is None else patient.outputs(rows.x)
    if outputs is None or not np.isfinite(outputs).all():
        return None
    return float(outputs.min()), float(outputs.max())


def loss_follows_targets(patient: Patient) -> bool | None:
    """Return whether the loss of some rows changes when their targets change places; None where it need not, or is not finite.

    What it should change by is the change of the rows' own losses, row by row, where nothing can be compared with another row.
    """
    rows = patient.rows("training", ROWS)
    if rows is None or len(rows.y) < 8 or len(np.unique(rows.y)) < 2:
        return None
    outputs = patient.outputs(rows.x)
    if not np.isfinite(outputs).all() or float(np.ptp(outputs)) <= 1e-3 * float(np.abs(outputs).max()):
        return None
    orders = np.random.default_rng(0)
    moved = [Rows(rows.x, at(rows, orders.permutation(len(rows.y))).y) for _ in range(3)]
    expected, changes = _changes(_row_by_row, patient, rows, moved), _changes(_together, patient, rows, moved)
    if not np.isfinite([*expected, *changes]).all() or max(expected) < CLEAR:
        return None
    return max(changes) > FOLLOWED * max(expected)


def _changes(loss: Callable[[Patient, Rows], float], patient: Patient, rows: Rows, moved: list[Rows]) -> list[float]:
    """Return how much the loss changes, relative to what it was."""
    own = loss(patient, rows)
    return [abs(loss(patient, other) - own) / abs(own) if own else math.nan for other in moved]


def _together(patient: Patient, rows: Rows) -> float:
    return patient.loss(*rows)


def _row_by_row(patient: Patient, rows: Rows) -> float:
    return float(np.mean([patient.loss(*at(rows, np.array([place]))) for place in range(len(rows.y))]))
