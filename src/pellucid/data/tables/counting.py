"""Columns that only number the rows: an id, which says nothing of new rows."""

import numpy as np

from pellucid.data.tables.column import Column, ColumnKind
from pellucid.data.tables.table import DataTable

__all__ = ["columns_that_count"]

FEWEST_ROWS = 20  # among fewer rows numbers may count up by chance


def columns_that_count(table: DataTable) -> list[str]:
    """Return the names of the columns of whole numbers that grow from row to row, by 2 on average at most, whatever is left out."""
    return [column.name for column in table.columns if _counts(column)]


def _counts(column: Column) -> bool:
    values = column.values
    if column.kind is not ColumnKind.NUMBER or not column.whole or len(values) < FEWEST_ROWS:
        return False
    return bool((np.diff(values) >= 1).all() and values[-1] - values[0] <= 2 * len(values))
