"""What the outputs are, whatever makes them: scores or probabilities; and whether the loss reads targets row by row."""

from dataclasses import dataclass

import numpy as np

from pellucid.doctor.examinations.trial import at
from pellucid.doctor.patient import Patient

__all__ = ["OutputForm", "loss_follows_targets", "output_form"]

ROWS = 32
SUM_ERROR = 1e-3  # of a sum of probabilities
SAME = 1e-6  # relative difference of two losses that are one


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


def loss_follows_targets(patient: Patient) -> bool | None:
    """Return whether the loss of some rows changes when their targets change places; None where it need not."""
    rows = patient.rows("training", ROWS)
    if rows is None or len(rows.y) < 8 or len(np.unique(rows.y)) < 2:
        return None
    outputs = patient.outputs(rows.x)
    if not np.isfinite(outputs).all() or float(np.ptp(outputs)) <= 1e-3 * float(np.abs(outputs).max()):
        return None
    order = np.random.default_rng(0)
    own = patient.loss(*rows)
    moved = [patient.loss(rows.x, at(rows, order.permutation(len(rows.y))).y) for _ in range(3)]
    return any(abs(loss - own) > SAME * abs(own) for loss in moved)
