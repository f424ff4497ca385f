"""Which classes the network answers, and how many rows of the rarer ones it finds."""

from dataclasses import dataclass

import numpy as np

from pellucid.doctor.patient import Patient, Rows
from pellucid.shapes import Array

__all__ = ["ClassAnswers", "answered_classes"]

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
    true, scores = _labels(rows), patient.outputs(rows.x)
    predicted = (scores[:, 0] > 0).astype(np.int64) if scores.shape[1] == 1 else scores.argmax(axis=1)
    others = true != largest
    found = float((predicted[others] == true[others]).mean()) if others.any() else None
    return ClassAnswers(part, int(others.sum()), found)


def _labels(rows: Rows) -> Array:
    return (rows.y if rows.y.ndim == 1 else rows.y[:, 0]).astype(np.int64)
