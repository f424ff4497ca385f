"""A loss of one's own, checked once against central differences, before the first step."""

from functools import partial

import numpy as np

from pellucid.gradients.comparison import compare
from pellucid.gradients.probe import Probe
from pellucid.layers import LossFunction, loss_name, own_loss
from pellucid.own_functions import called
from pellucid.shapes import Array, ShapeError

__all__ = ["check_own_loss", "rows_to_check", "scores_to_check"]

MAXIMUM_ENTRIES = 4096  # each costs two evaluations of the loss


def check_own_loss(function: LossFunction, scores: Array, targets: Array, weights: Array | None) -> None:
    """Raise ShapeError, in one line with numbers, where dscores is not the gradient of the loss at these scores (N, C).

    The differences are taken in float64; a function that computes in float32 is checked with larger steps, to two digits.
    """
    who = f"loss {loss_name(function)}"
    scores = scores.astype(np.float64)
    with np.errstate(all="ignore"):
        form = "loss(scores, targets)"
        first = called(who, form, function, scores.copy(), targets) if weights is None else (0.0, scores)
        coarse = isinstance(first, tuple) and any(getattr(part, "dtype", None) == np.float32 for part in first)
        value, dscores = own_loss(function, scores, targets, weights)
        if not (np.isfinite(value) and np.isfinite(dscores).all()):
            raise ShapeError(
                f"{who}: loss and dscores must be finite at the network's first scores; the loss is {value}"
            )
        h, tolerance = (1e-2, 2e-2) if coarse else (1e-5, 1e-4)
        along = partial(_value, function, targets, weights)
        report, numerical = compare(
            "dscores", Probe(along, scores, np.array(value), np.array(1.0), h), dscores, tolerance
        )
    if report.ok:
        return
    ratio = _common_ratio(dscores, numerical, tolerance)
    if ratio is not None:
        found = f"dscores is {ratio:.4g} times the gradient of the loss in every entry{_cause(ratio, *scores.shape)}"
    else:
        row, column = report.worst_index or (0, 0)
        found = (
            f"dscores is wrong in {report.wrong} of {scores.size} entries; at row {row}, column {column} it is "
            f"{report.backward:.4g}, and the loss changes by {report.numerical:.4g} per unit of that score"
        )
    raise ShapeError(f"{who}: {found} (compared with differences; Trainer(check_loss=False) skips this check)")


def scores_to_check(scores: Array) -> Array:
    """Return the scores, float64, each moved towards 0 by up to 2 %, so that none are equal; normal numbers where all are equal.

    Towards 0, so that probabilities stay probabilities.
    """
    rng = np.random.default_rng(0)
    if np.ptp(scores) == 0:
        return rng.standard_normal(scores.shape)
    return scores.astype(np.float64) * (1 - rng.uniform(0, 0.02, scores.shape))


def rows_to_check(available: int, outputs: int) -> int:
    """Return how many rows to check: few, but not as many as outputs, so that a missing mean says over what."""
    rows = max(1, min(available, 8, MAXIMUM_ENTRIES // outputs))
    return rows - 1 if rows == outputs and rows > 2 else rows


def _value(function: LossFunction, targets: Array, weights: Array | None, scores: Array) -> float:
    return own_loss(function, scores, targets, weights)[0]


def _common_ratio(dscores: Array, numerical: Array, tolerance: float) -> float | None:
    """Return the factor by which every entry is off, if there is one."""
    largest = np.unravel_index(np.abs(numerical).argmax(), numerical.shape)
    if numerical[largest] == 0:
        return None
    ratio = float(dscores[largest] / numerical[largest])
    same = np.abs(dscores - ratio * numerical).max() <= 10 * tolerance * np.abs(dscores).max()
    return ratio if ratio and same else None


def _cause(ratio: float, rows: int, columns: int) -> str:
    """Say where such a factor usually comes from."""
    size = rows * columns
    causes = (
        (rows, f": is the mean over the batch missing (N = {rows} here)?"),
        (size, f": is the mean over all N C = {size} entries missing?"),
        (0.5, ": is a factor 2 missing?"),
        (2, ": is there a factor 2 too many?"),
        (columns, f": is the mean over the columns missing (C = {columns})?"),
        (1 / rows, f": is dscores divided by N = {rows} once too often?"),
        (1 / size, f": is the loss a sum where dscores is a mean (N C = {size})?"),
        (1 / columns, f": is dscores divided by C = {columns} once too often?"),
        (-1, ": is the sign reversed (targets - scores for scores - targets)?"),
    )
    return next((text for factor, text in causes if factor != 1 and abs(ratio / factor - 1) < 0.02), "")
