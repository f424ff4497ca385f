"""Which classes the network answers, and how many rows of the rarer ones it finds."""

from dataclasses import dataclass

import numpy as np

from pellucid.doctor.patient import Patient, Rows
from pellucid.shapes import Array

__all__ = ["ClassAnswers", "answered_classes", "answered_share"]

ROWS = 2000


@dataclass(frozen=True)
class ClassAnswers:
    """ClassAnswers on the validation rows; on training rows where there are none."""

    part: str
    others: int  # rows that are not of the largest training class
    others_found: float | None  # the share of them that is answered correctly; None where there are none


def answered_classes(patient: Patient) -> ClassAnswers:
    """Return how the rows are answered, in evaluation mode."""
    held, training = patient.rows("validation", ROWS), patient.rows("training", ROWS)
    assert training is not None
    part, rows = ("training", training) if held is None else ("validation", held)
    largest = int(np.bincount(_labels(training)).argmax())
    true, predicted = _labels(rows), _predicted(patient, rows)
    others = true != largest
    found = float((predicted[others] == true[others]).mean()) if others.any() else None
    return ClassAnswers(part, int(others.sum()), found)


def answered_share(patient: Patient, part: str = "validation") -> float | None:
    """Return the share of the rows of a part that are answered with their class; None where there are none, or no classes."""
    rows = patient.rows(part, ROWS)
    if rows is None or rows.y.ndim != 1 or rows.y.dtype.kind not in "iu" or (patient.setup.outputs or 0) < 1:
        return None
    return float((_predicted(patient, rows) == rows.y).mean())


def _predicted(patient: Patient, rows: Rows) -> Array:
    """Return the class (N,) that each row is answered with."""
    scores = patient.outputs(rows.x)
    middle = 0.5 if patient.setup.loss.reads == "probabilities" else 0.0
    found: Array = (scores[:, 0] > middle).astype(np.int64) if scores.shape[1] == 1 else scores.argmax(axis=1)
    return found


def _labels(rows: Rows) -> Array:
    return (rows.y if rows.y.ndim == 1 else rows.y[:, 0]).astype(np.int64)
