"""Permutation importance: how much worse a model gets when one column of a table no longer belongs to its rows.

    importance = error with the column shuffled - error as it is         mean and spread over several shuffles

The error is the share of wrong answers for classes and labels, and the RMSE in the target's units for numbers (several: in
standard deviations, on average). Columns that say
the same stand in for each other: each of them can look unimportant. Source: Breiman 2001, "Random forests", section 10.
"""

from typing import Any, NamedTuple

import numpy as np

from pellucid.data import DataError
from pellucid.data.tables import TablePreparation
from pellucid.data.targets import Target
from pellucid.metrics import accuracy, rmse
from pellucid.plan import Plan
from pellucid.shapes import Array
from pellucid.train.evaluation import first_output
from pellucid.train.model.model import ROWS_AT_ONCE, Model

__all__ = ["Importance", "permutation_importance"]

LARGEST_WORK = 5e9  # multiply-adds of all shuffles together: a second or two
FEWEST_ROWS = 100  # that many rows are used in any case
FEWEST_REPEATS = 3


class Importance(NamedTuple):
    """One column: how much the error grows when it is shuffled."""

    column: str
    mean: float  # over the shuffles; in shares of wrong answers, or in the target's units
    spread: float  # standard deviation over the shuffles
    repeats: int
    rows: int  # that were used

    @property
    def is_clear(self) -> bool:
        """Whether the mean exceeds twice the spread."""
        return self.mean > 2 * self.spread and self.mean > 0


def permutation_importance(
    model: Model, rows: Any, targets: Any, *, repeats: int = 10, most_rows: int = 2000, seed: int = 0
) -> list[Importance]:
    """Return the importance of each column that the model uses, the largest first; `rows` should not be those it was trained on.

    model: of a table. rows: a table or whatever the model's `predict` takes, with their targets (N,). Of more than `most_rows`
    rows, some are drawn; fewer rows and repeats are used where all shuffles would take more than a few seconds. The same seed gives
    the same result. Raises DataError for a model of anything but a table, and for fewer than 2 rows.
    """
    preparation = model.preparation
    if not isinstance(preparation, TablePreparation):
        raise DataError("permutation_importance: the model must be one of a table; its inputs have no columns")
    x, y = preparation.prepare(rows), model.target.encode(targets)
    if len(x) != len(y) or len(x) < 2:
        raise DataError(
            f"permutation_importance: there must be at least 2 rows, each with a target; got {len(x)} rows, {len(y)} targets"
        )
    generator = np.random.default_rng(seed)
    repeats, count = _affordable(model, len(preparation.columns), repeats, min(len(x), most_rows))
    chosen = np.sort(generator.permutation(len(x))[:count])
    x, y = x[chosen], y[chosen]
    plan = Plan.inference(model.net, min(count, ROWS_AT_ONCE), layers=model.layers)
    before = _error(model.target, _scores(plan, x), y)
    found, start = [], 0
    for column in preparation.columns:
        stop = start + len(column.inputs)
        rises = [
            _error(model.target, _scores(plan, _shuffled(x, start, stop, generator)), y) - before
            for _ in range(repeats)
        ]
        found.append(Importance(column.name, float(np.mean(rises)), float(np.std(rises)), repeats, count))
        start = stop
    return sorted(found, key=lambda importance: -importance.mean)


def _affordable(model: Model, columns: int, repeats: int, rows: int) -> tuple[int, int]:
    """Return how many repeats and rows the work allows: first fewer repeats, then fewer rows."""
    per_row = max(1, sum(operation.multiply_adds for operation in model.net.program.operations))
    repeats = max(min(repeats, FEWEST_REPEATS), min(repeats, int(LARGEST_WORK / (per_row * columns * rows))))
    return repeats, max(min(rows, FEWEST_ROWS), min(rows, int(LARGEST_WORK / (per_row * columns * repeats))))


def _shuffled(x: Array, start: int, stop: int, generator: np.random.Generator) -> Array:
    """Return a copy in which the inputs of one column belong to other rows."""
    changed = x.copy()
    changed[:, start:stop] = x[generator.permutation(len(x)), start:stop]
    return changed


def _scores(plan: Plan, x: Array) -> Array:
    starts = range(0, len(x), ROWS_AT_ONCE)
    return np.concatenate([first_output(plan.predict(x[start : start + ROWS_AT_ONCE])).copy() for start in starts])


def _error(target: Target, scores: Array, y: Array) -> float:
    """Return the share of wrong answers, or the RMSE in units; of several numbers in standard deviations, on average."""
    if target.kind == "numbers":
        if target.outputs > 1:
            return rmse(scores, y)
        return rmse(target.in_units(scores), target.in_units(y))
    return 1 - accuracy(scores, y)
