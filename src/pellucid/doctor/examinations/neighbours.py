"""Do labels follow from inputs? The label of a row's nearest neighbour, within the parts and between them."""

from dataclasses import dataclass

import numpy as np

from pellucid.doctor.data_facts import first_inputs
from pellucid.doctor.patient import Patient, Rows
from pellucid.shapes import Array

__all__ = ["NeighbourAgreement", "Neighbours", "nearest_labels"]

ROWS = 1500
COLUMNS = 1024


@dataclass(frozen=True)
class NeighbourAgreement:
    """How often a row has the label of its nearest neighbour, and how often it would by chance."""

    found: float
    chance: float
    rows: int

    @property
    def margin(self) -> float:
        """Standard errors above chance."""
        return (self.found - self.chance) / max(1e-9, (self.chance * (1 - self.chance) / max(1, self.rows)) ** 0.5)


@dataclass(frozen=True)
class Neighbours:
    """Agreements; None where the targets are no classes, or there is no such part."""

    training: NeighbourAgreement | None
    validation: NeighbourAgreement | None
    between: NeighbourAgreement | None  # of validation rows with their nearest training rows
    shifted: NeighbourAgreement | None = None  # the same, had each class another name: the best way to rename them


def nearest_labels(patient: Patient) -> Neighbours:
    """Compare labels of neighbours."""
    training, validation = _labelled(patient, "training"), _labelled(patient, "validation")
    if training is None or training.y.ndim != 1 or training.y.dtype.kind not in "iu":
        return Neighbours(None, None, None)
    x, held = _flat(training), None if validation is None else _flat(validation)
    within = _agreement(training.y, training.y[_nearest(x, x, same=True)])
    if validation is None or held is None:
        return Neighbours(within, None, None)
    own = _agreement(validation.y, validation.y[_nearest(held, held, same=True)])
    guessed = training.y[_nearest(held, x, same=False)]
    return Neighbours(within, own, _agreement(validation.y, guessed), _renamed(validation.y, guessed))


def _labelled(patient: Patient, part: str) -> Rows | None:
    """Return rows with labels (N,), also where they are one column of 0 and 1."""
    rows = patient.rows(part, ROWS)
    if rows is None or rows.y.ndim != 2 or rows.y.shape[1] != 1 or not np.isin(rows.y, (0, 1)).all():
        return rows
    return Rows(rows.x, rows.y[:, 0].astype(np.int64))


def _flat(rows: Rows) -> Array:
    x = first_inputs(rows)
    flat = x.reshape(len(x), -1)[:, :: max(1, x[0].size // COLUMNS)].astype(np.float64)
    return np.nan_to_num(flat, nan=0.0, posinf=0.0, neginf=0.0)


def _nearest(rows: Array, among: Array, *, same: bool) -> Array:
    """Return, for each row, the number of the nearest; not itself, nor its doubles, where both are the same rows."""
    scale = among.std(axis=0)
    rows, among = rows / np.where(scale > 0, scale, 1), among / np.where(scale > 0, scale, 1)
    squares = (rows**2).sum(axis=1)[:, None] - 2 * rows @ among.T + (among**2).sum(axis=1)[None]
    if same:
        np.fill_diagonal(squares, np.inf)
        squares[squares < 1e-9 * max(1.0, float(np.median(squares[np.isfinite(squares)])))] = np.inf
    nearest: Array = squares.argmin(axis=1)
    return nearest


def _agreement(true: Array, guessed: Array) -> NeighbourAgreement:
    classes = int(max(true.max(), guessed.max())) + 1
    shares = [np.bincount(labels, minlength=classes) / len(labels) for labels in (true, guessed)]
    return NeighbourAgreement(float((true == guessed).mean()), float(shares[0] @ shares[1]), len(true))


def _renamed(true: Array, guessed: Array) -> NeighbourAgreement | None:
    """Return the agreement if every class of the neighbours had the name that its rows have most often."""
    names = {label: int(np.bincount(true[guessed == label]).argmax()) for label in np.unique(guessed).tolist()}
    if len(set(names.values())) < len(names):  # two classes would become one
        return None
    return _agreement(true, np.array([names[label] for label in guessed.tolist()]))
