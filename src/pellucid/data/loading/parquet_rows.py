"""A Parquet file as rows that are read by row groups, when a batch needs them."""

import os
import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from pellucid.data.checks import DataError
from pellucid.data.lazy import LazyArray
from pellucid.data.parquet import parquet_file
from pellucid.data.tables.frames import read_frame
from pellucid.data.tables.table import DataTable, suggestion
from pellucid.shapes import Array

__all__ = ["ParquetRows"]

_GROUPS_KEPT = 4  # in memory: a batch needs two at most, and threads work on the next ones


class ParquetRows(LazyArray):
    """The rows of a table in a Parquet file, larger than memory; the target's columns alone are read as a whole.

    In an epoch, row groups are shuffled, and the rows of each, so that a group is read once. How columns become inputs is measured
    on the first rows. Write groups of some thousand rows: four of them are in memory at a time.
    """

    def __init__(
        self, path: str | os.PathLike[str], *, target: str | Sequence[str], exclude: str | Iterable[str] = ()
    ) -> None:
        """Read where the groups are. Raises DataError for a file that cannot be read, or a column that it lacks."""
        self.path, self.target = Path(path), (target,) if isinstance(target, str) else tuple(target)
        excluded = (exclude,) if isinstance(exclude, str) else tuple(exclude)
        with parquet_file(self.path) as file:
            names = file.schema_arrow.names
            counts = [file.metadata.row_group(group).num_rows for group in range(file.num_row_groups)]
        for name in (*self.target, *excluded):
            if name not in names:
                what = "target" if name in self.target else "column"
                raise DataError(f'{self.path.name}: there is no {what} "{name}"{suggestion(name, names)}')
        self.columns = [name for name in names if name not in {*self.target, *excluded}]
        self.starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        self.shape, self.dtype = (int(self.starts[-1]),), np.dtype(object)
        if len(self) == 0:
            raise DataError(f"{self.path.name}: the table has no rows")
        self._groups: OrderedDict[int, Any] = OrderedDict()
        self._lock = threading.Lock()

    @cached_property
    def targets(self) -> Array:
        """The target's values (N,), or (N, K) of several columns. Raises DataError where one is missing or not finite."""
        with parquet_file(self.path) as file:
            return read_frame(file.read(columns=list(self.target)), self.path.name).target(self.target)

    def blocks(self) -> Array:
        """Return the row group of each row, (N,)."""
        return np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts))

    def read(self, rows: Array) -> DataTable:
        """Return these rows as a table."""
        import pyarrow

        groups = np.searchsorted(self.starts, rows, side="right") - 1
        parts, places = [], []
        for group in np.unique(groups):
            chosen = np.flatnonzero(groups == group)
            parts.append(self._group(int(group)).take(rows[chosen] - self.starts[group]))
            places.append(chosen)
        table = pyarrow.concat_tables(parts).take(np.argsort(np.concatenate(places)))
        return replace(read_frame(table, self.path.name), numbers=rows)

    def _group(self, group: int) -> Any:
        """Return a row group, from memory where it was read lately."""
        with self._lock:
            if group not in self._groups:
                with parquet_file(self.path) as file:
                    self._groups[group] = file.read_row_group(group, columns=self.columns)
            self._groups.move_to_end(group)
            while len(self._groups) > _GROUPS_KEPT:
                self._groups.popitem(last=False)
            return self._groups[group]
