"""A table split into training, validation and test rows, with what the target is."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from pellucid.data.checks import DataError, listed
from pellucid.data.dataset import held_out_rows
from pellucid.data.tables.preparation import TablePreparation
from pellucid.data.tables.reading import read_table
from pellucid.data.tables.table import DataTable
from pellucid.shapes import Array

__all__ = ["TASKS", "TablePart", "TableSplits", "inferred_task", "table_splits"]

TASKS = ("classification", "regression", "binary", "multilabel")
_TEST_FRACTION = 0.2
_TEST_SEED = 0  # fixed: the test set must not depend on a run's seed
_FEW_NUMBERS = 20  # different whole numbers of a target that are taken for classes


class TablePart(NamedTuple):
    """Some rows and their targets: a pair (x, y), as `fit`, `evaluate` and `predict` take it."""

    table: DataTable  # without the target's column
    target: Array  # (N,) int64, float64 or strings, as the table holds them; (N, K) numbers of several columns

    def __repr__(self) -> str:
        """Return sizes, not the arrays."""
        return f"TablePart of {len(self.table):,} rows, {len(self.table.names)} columns, target {self.target.shape}"


@dataclass(frozen=True, eq=False)
class TableSplits:
    """A table in three parts, and the preparation measured on the training part."""

    name: str
    targets: tuple[str, ...]  # the names of the columns to predict
    task: str  # one of TASKS
    reason: str  # why this task, where it was inferred
    train: TablePart
    validation: TablePart
    test: TablePart
    preparation: TablePreparation

    def __repr__(self) -> str:
        """Return what is predicted from what, and how many rows each part has."""
        parts = (("train", self.train), ("validation", self.validation), ("test", self.test))
        used = [column.name for column in self.preparation.columns]
        lines = [
            f"TableSplits {self.name!r}: {self.task} of {self.target}{self._classes()}",
            f"  rows: {', '.join(f'{len(part.table):,} {name}' for name, part in parts)}",
            f"  columns: {listed(used)}; {len(self.preparation.inputs)} inputs",
        ]
        left_out = [line.name for line in self.preparation.report if line.made.startswith("left out")]
        return "\n".join([*lines, *([f"  left out: {listed(left_out)}"] if left_out else [])])

    def _classes(self) -> str:
        """Return the classes in words; nothing for numbers and labels."""
        if self.task not in ("classification", "binary"):
            return ""
        return f", classes {listed(np.unique(self.train.target).tolist())}"

    @property
    def target(self) -> str:
        """The name of the column to predict; of several, "price, size"."""
        return ", ".join(self.targets)

    @property
    def sample_shape(self) -> tuple[int]:
        """The shape of one prepared row, (number of inputs,)."""
        return self.preparation.sample_shape


def table_splits(
    source: Any,
    target: str | Sequence[str],
    *,
    task: str | None = None,
    seed: int = 0,
    validation: float | int = 0.1,
    test: float | int = _TEST_FRACTION,
    kinds: dict[str, str] | None = None,
    exclude: str | Iterable[str] = (),
) -> TableSplits:
    """Split a table, or whatever `read_table` takes, at random; classes keep their proportions in every part.

    The test rows are the same whatever the seed; the validation rows are drawn from the others by `seed`. `validation` and `test`
    are fractions of the table or counts. `target` is a column, or several: ["price", "size"] or "price, size". `task` is inferred
    if None (`inferred_task`). `kinds` and `exclude` are those of `TablePreparation.of`. Raises DataError.
    """
    table = read_table(source, kinds=kinds)
    if task is not None and task not in TASKS:
        raise DataError(f"table_splits: task must be one of {', '.join(TASKS)}; got {task!r}")
    names = table.target_names(target)
    y = table.target(names)
    reason = "" if task is not None else _reason(table, names, y)
    chosen = inferred_task(y) if task is None else task
    _check_task(table, names, y, chosen)
    whole = chosen in ("regression", "multilabel")  # drawn from all rows, not class by class
    groups = np.zeros(len(y), dtype=np.int64) if whole else np.unique(y, return_inverse=True)[1]
    rows = np.arange(len(y))
    held = held_out_rows(groups, test, seed=_TEST_SEED, what=f"{table.name}: test")
    rest, test_rows = rows[~held], rows[held]
    held = held_out_rows(groups[rest], validation, seed=seed, what=f"{table.name}: validation")
    inputs = table.without(names)
    train, validation_part, test_part = (TablePart(inputs[r], y[r]) for r in (rest[~held], rest[held], test_rows))
    known = {name: kind for name, kind in (kinds or {}).items() if name not in names}
    preparation = TablePreparation.of(train.table, kinds=known, exclude=exclude)
    return TableSplits(table.name, names, chosen, reason, train, validation_part, test_part, preparation)


def inferred_task(y: Array) -> str:
    """Return "classification" for strings and for up to 20 different whole numbers, each 5 times on average, else "regression".

    Of several columns (N, K): "multilabel" where all values are 0 or 1, else "regression".
    """
    if y.ndim == 2:
        return "multilabel" if np.isin(y, (0, 1)).all() else "regression"
    if y.dtype.kind not in "if":
        return "classification"
    distinct = len(np.unique(y))
    few = y.dtype.kind == "i" and distinct <= _FEW_NUMBERS and len(y) >= 5 * distinct
    return "classification" if few else "regression"


def _reason(table: DataTable, names: tuple[str, ...], y: Array) -> str:
    listed = ", ".join(f'"{name}"' for name in names)
    if y.ndim == 2 and inferred_task(y) == "regression":
        return f"regression, because {listed} hold numbers"
    if y.ndim == 2:
        one = "; each row has one of them: a column of their names would make it classification"
        return f"multilabel, because {listed} hold only 0 and 1{one if (y.sum(axis=1) == 1).all() else ''}"
    distinct = len(np.unique(y))
    what = f"{distinct} different {'numbers' if y.dtype.kind in 'if' else 'values'}"
    return f"{inferred_task(y)}, because {listed} holds {what} in {len(table)} rows"


def _check_task(table: DataTable, names: tuple[str, ...], y: Array, task: str) -> None:
    """Raise DataError where the columns do not hold what the task needs."""
    if len(names) > 1 and task not in ("regression", "multilabel"):
        raise DataError(
            f"{table.name}: {task} has one target column; got {', '.join(names)}; choose regression or multilabel"
        )
    for name, values in zip(names, y.reshape(len(y), -1).T, strict=True):
        _check_column(table, name, values, task)


def _check_column(table: DataTable, name: str, values: Array, task: str) -> None:
    """Raise DataError where a target column (N,) does not hold what the task needs."""
    first = values.tolist()[0]
    if task == "regression" and values.dtype.kind not in "if":
        raise DataError(
            f'{table.name}: the target "{name}" must hold numbers for regression; {table.place(0)} holds {first!r}; '
            "choose the task classification"
        )
    if task == "multilabel":
        wrong = np.flatnonzero(~np.isin(values, (0, 1)))
        if wrong.size:
            raise DataError(
                f'{table.name}: the target "{name}" must hold 0 and 1 for multilabel; {table.place(int(wrong[0]))} holds '
                f"{values.tolist()[wrong[0]]!r}"
            )
    distinct = len(np.unique(values))
    if distinct < 2:
        raise DataError(f'{table.name}: the target "{name}" is {first!r} in every row; there is nothing to learn')
    if task == "binary" and distinct != 2:
        raise DataError(f'{table.name}: the target "{name}" must have 2 classes for binary; it has {distinct}')
