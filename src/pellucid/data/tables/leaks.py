"""Columns of a table that give the targets away: those that are equal to them in every row."""

from typing import Any

import numpy as np

from pellucid.data.tables.column import Column, ColumnKind
from pellucid.data.tables.table import DataTable
from pellucid.data.targets.raw import raw_values
from pellucid.shapes import Array

__all__ = ["columns_equal_to"]

FEWEST_ROWS = 10  # in fewer, columns are equal by chance


def columns_equal_to(table: DataTable, targets: Any) -> list[str]:
    """Return the names of the columns that equal the targets, or a column of them, in every row.

    targets: (N,) or (N, K), as `fit` takes them. Raises DataError for those that it does not take.
    """
    values = raw_values("targets", targets)
    if len(table) < FEWEST_ROWS or values.ndim > 2 or len(values) != len(table):
        return []
    each = [values] if values.ndim == 1 else list(values.T)
    return [name for name in table.names if any(_equals(table.column(name), target) for target in each)]


def _equals(column: Column, target: Array) -> bool:
    if column.kind is ColumnKind.NUMBER:
        return target.dtype.kind in "biuf" and np.array_equal(column.values, target)
    return column.kind is ColumnKind.CATEGORY and np.array_equal(column.plain(), target.astype(str).astype(object))
