"""A table split into training, validation and test rows, with what the target is."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from pellucid.data.checks import DataError
from pellucid.data.dataset import held_out_rows
from pellucid.data.tables.preparation import TablePreparation
from pellucid.data.tables.reading import read_table
from pellucid.data.tables.table import DataTable
from pellucid.shapes import Array

__all__ = ["TASKS", "TablePart", "TableSplits", "inferred_task", "table_splits"]

TASKS = ("classification", "regression", "binary")
_TEST_FRACTION = 0.2
_TEST_SEED = 0  # fixed: the test set must not depend on a run's seed
_FEW_NUMBERS = 20  # different whole numbers of a target that are taken for classes


class TablePart(NamedTuple):
    """Some rows and their targets: a pair (x, y), as `fit`, `evaluate` and `predict` take it."""

    table: DataTable  # without the target's column
    target: Array  # (N,) int64, float64 or strings, as the table holds them


@dataclass(frozen=True, eq=False)
class TableSplits:
    """A table in three parts, and the preparation measured on the training part."""

    name: str
    target: str  # the name of the column
    task: str  # one of TASKS
    reason: str  # why this task, where it was inferred
    train: TablePart
    validation: TablePart
    test: TablePart
    preparation: TablePreparation

    @property
    def sample_shape(self) -> tuple[int]:
        """The shape of one prepared row, (number of inputs,)."""
        return self.preparation.sample_shape


def table_splits(
    source: Any,
    *,
    target: str,
    task: str | None = None,
    seed: int = 0,
    validation: float | int = 0.1,
    test: float | int = _TEST_FRACTION,
    kinds: dict[str, str] | None = None,
    exclude: tuple[str, ...] = (),
) -> TableSplits:
    """Split a table, or whatever `read_table` takes, at random; classes keep their proportions in every part.

    The test rows are the same whatever the seed; the validation rows are drawn from the others by `seed`. `validation` and `test`
    are fractions of the table or counts. `task` is inferred if None (`inferred_task`). `kinds` and `exclude` are those of
    `TablePreparation.of`. Raises DataError.
    """
    table = read_table(source, kinds=kinds)
    if task is not None and task not in TASKS:
        raise DataError(f"table_splits: task must be one of {', '.join(TASKS)}; got {task!r}")
    y = table.target(target)
    reason = "" if task is not None else _reason(table, target, y)
    chosen = inferred_task(y) if task is None else task
    _check_task(table, target, y, chosen)
    groups = np.zeros(len(y), dtype=np.int64) if chosen == "regression" else np.unique(y, return_inverse=True)[1]
    rows = np.arange(len(y))
    held = held_out_rows(groups, test, seed=_TEST_SEED, what=f"{table.name}: test")
    rest, test_rows = rows[~held], rows[held]
    held = held_out_rows(groups[rest], validation, seed=seed, what=f"{table.name}: validation")
    inputs = table.without([target])
    train, validation_part, test_part = (TablePart(inputs[r], y[r]) for r in (rest[~held], rest[held], test_rows))
    known = {name: kind for name, kind in (kinds or {}).items() if name != target}
    preparation = TablePreparation.of(train.table, kinds=known, exclude=exclude)
    return TableSplits(table.name, target, chosen, reason, train, validation_part, test_part, preparation)


def inferred_task(y: Array) -> str:
    """Return "classification" for strings and for up to 20 different whole numbers, each 5 times on average, else "regression"."""
    if y.dtype.kind not in "if":
        return "classification"
    distinct = len(np.unique(y))
    few = y.dtype.kind == "i" and distinct <= _FEW_NUMBERS and len(y) >= 5 * distinct
    return "classification" if few else "regression"


def _reason(table: DataTable, target: str, y: Array) -> str:
    distinct = len(np.unique(y))
    what = f"{distinct} different {'numbers' if y.dtype.kind in 'if' else 'values'}"
    return f'{inferred_task(y)}, because "{target}" holds {what} in {len(table)} rows'


def _check_task(table: DataTable, target: str, y: Array, task: str) -> None:
    if task == "regression" and y.dtype.kind not in "if":
        raise DataError(
            f'{table.name}: the target "{target}" must hold numbers for regression; {table.place(0)} holds {y.tolist()[0]!r}; '
            "choose the task classification"
        )
    distinct = len(np.unique(y))
    if distinct < 2:
        raise DataError(
            f'{table.name}: the target "{target}" is {y.tolist()[0]!r} in every row; there is nothing to learn'
        )
    if task == "binary" and distinct != 2:
        raise DataError(f'{table.name}: the target "{target}" must have 2 classes for binary; it has {distinct}')
