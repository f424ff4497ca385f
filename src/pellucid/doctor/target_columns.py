"""Does a column of the inputs say the target?"""

import numpy as np

from pellucid.shapes import Array

__all__ = ["column_of_target"]

FEWEST_ROWS, MOST_ROWS = 30, 2000
EXACT = 1e-5  # of a column's spread: what rounding makes of an equal value


def column_of_target(x: Array, y: Array, *, are_classes: bool) -> int | None:
    """Return the number of the column of x (N, ...) that says y (N,) or (N, 1); None where none does, or there is one column."""
    rows, targets = x.reshape(len(x), -1)[:MOST_ROWS].astype(np.float64), y.reshape(len(y), -1)[:MOST_ROWS]
    if len(rows) < FEWEST_ROWS or rows.shape[1] < 2 or targets.shape[1] != 1 or not np.isfinite(rows).all():
        return None
    told = _by_classes(rows, targets[:, 0]) if are_classes else _by_numbers(rows, targets[:, 0].astype(np.float64))
    return int(np.argmax(told)) if told.any() else None


def _by_numbers(rows: Array, y: Array) -> Array:
    """Return (D,) whether a column is a multiple of y and a constant."""
    if not np.isfinite(y).all() or y.std() == 0:
        return np.zeros(rows.shape[1], np.bool_)
    spread = rows.std(axis=0)
    used = np.where(spread > 0, spread, 1)
    standard = (rows - rows.mean(axis=0)) / used
    goal = ((y - y.mean()) / y.std())[:, None]
    rests = np.minimum(np.abs(standard - goal).max(axis=0), np.abs(standard + goal).max(axis=0))
    exact: Array = (spread > 0) & (rests < EXACT * np.abs(goal).max())
    return exact


def _by_classes(rows: Array, y: Array) -> Array:
    """Return (D,) whether a column has one value within each class, and another in every class."""
    labels = np.unique(y)
    spread = rows.std(axis=0)
    if len(labels) < 2 or len(rows) < 2 * len(labels):
        return np.zeros(rows.shape[1], np.bool_)
    within = np.max([np.ptp(rows[y == label], axis=0) for label in labels], axis=0)
    means = np.sort([rows[y == label].mean(axis=0) for label in labels], axis=0)
    apart: Array = np.diff(means, axis=0).min(axis=0)
    exact: Array = (spread > 0) & (within <= EXACT * spread) & (apart > EXACT * spread)
    return exact
