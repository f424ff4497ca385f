"""A table in memory: named columns of equal length."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from pellucid.data.checks import DataError, listed
from pellucid.data.tables.column import Column
from pellucid.shapes import Array, nearest

__all__ = ["DataTable", "suggestion"]


@dataclass(frozen=True, eq=False)
class DataTable:
    """Columns of equal length. `table[rows]` are some rows of it, which keep their numbers for messages.

    Raises DataError for columns of different lengths, or with the same name.
    """

    name: str  # starts messages: the file's name
    columns: tuple[Column, ...]
    numbers: Array  # (N,) each row's number in the source, from 0
    lines: Array | None = None  # (N,) each row's line in the file, from 1
    notes: tuple[str, ...] = ()  # how the file was read, where that is a choice

    def __post_init__(self) -> None:
        """Check that the columns belong together."""
        for name in self.names:
            if self.names.count(name) > 1:
                raise DataError(f'{self.name}: two columns are called "{name}"; rename one')
        for column in self.columns:
            if len(column) != len(self):
                raise DataError(
                    f'{self.name}: columns must have the same length; "{self.columns[0].name}" has '
                    f'{len(self.columns[0])} rows, "{column.name}" has {len(column)}'
                )

    @classmethod
    def of(cls, name: str, columns: Iterable[Column]) -> "DataTable":
        """Return a table whose rows are numbered from 0. Raises DataError where there are no columns or no rows."""
        columns = tuple(columns)
        rows = len(columns[0]) if columns else 0
        if rows == 0:
            raise DataError(f"{name}: the table has no {'rows' if columns else 'columns'}")
        return cls(name, columns, np.arange(rows))

    def __repr__(self) -> str:
        """Return sizes, names and kinds, not the arrays."""
        columns = [f"{column.name} ({column.kind})" for column in self.columns]
        return f"DataTable {self.name!r} of {len(self):,} rows, {len(self.columns)} columns: {listed(columns)}"

    def __len__(self) -> int:
        """Return N, the number of rows."""
        return len(self.numbers)

    def __getitem__(self, rows: Array | slice) -> "DataTable":
        """Return some rows, (M,) whole numbers, (N,) bool or a slice, in that order."""
        chosen = np.arange(len(self))[rows]
        columns = tuple(column.at(chosen) for column in self.columns)
        lines = None if self.lines is None else self.lines[chosen]
        return DataTable(self.name, columns, self.numbers[chosen], lines, self.notes)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns."""
        return tuple(column.name for column in self.columns)

    def column(self, name: str, *, what: str = "column") -> Column:
        """Return a column by its name. Raises DataError, with the nearest name; `what` says what it is needed for."""
        if name not in self.names:
            raise DataError(f'{self.name}: there is no {what} "{name}"{suggestion(name, self.names)}')
        return self.columns[self.names.index(name)]

    def without(self, names: Iterable[str]) -> "DataTable":
        """Return the table without these columns."""
        left_out = set(names)
        columns = tuple(column for column in self.columns if column.name not in left_out)
        return DataTable(self.name, columns, self.numbers, self.lines, self.notes)

    def place(self, row: int) -> str:
        """Return where a row is in the source: "row 17 (line 19)"."""
        line = "" if self.lines is None else f" (line {self.lines[row]})"
        return f"row {self.numbers[row]}{line}"

    def target_names(self, given: Any) -> tuple[str, ...]:
        """Return the target columns that "price", "price, size" or ["price", "size"] names. Raises DataError."""
        if isinstance(given, str):
            listed = [given] if given in self.names else [name.strip() for name in given.split(",")]
        else:
            listed = list(given) if isinstance(given, Iterable) else []
        if not listed or not all(isinstance(name, str) for name in listed):
            raise DataError(f"{self.name}: target must be the name of a column or a list of names; got {given!r}")
        names = tuple(self.column(name, what="target").name for name in listed)
        if len(set(names)) < len(names):
            raise DataError(f"{self.name}: target names a column twice; got {given!r}")
        return names

    def target(self, given: str | Iterable[str]) -> Array:
        """Return the values of a target column, (N,) int64, float64 or strings; of several, (N, K) int64 or float64.

        Several hold numbers, or true and false, which become 1 and 0. Raises DataError where a value is missing or not finite, or
        a column holds something else.
        """
        names = self.target_names(given)
        if len(names) == 1:
            return self._target(names[0])
        return np.stack([self._numeric_target(name) for name in names], axis=1)

    def _numeric_target(self, name: str) -> Array:
        """Return a target column as numbers."""
        values = self._target(name)
        if values.dtype.kind in "if":
            return values
        if set(values.tolist()) <= {"false", "true"}:
            return (values == "true").astype(np.int64)
        raise DataError(
            f'{self.name}: several targets must hold numbers, or be labels of 0 and 1; "{name}" holds {values.tolist()[0]!r}; '
            "a model of classes has one target"
        )

    def _target(self, name: str) -> Array:
        column = self.column(name)
        values = column.plain()
        if column.problem:
            raise DataError(f'{self.name}: the target "{name}": {column.problem}')
        if values.dtype.kind == "M":
            raise DataError(f'{self.name}: the target "{name}" must hold numbers or classes; it holds dates')
        wrong = column.missing | ~np.isfinite(values) if values.dtype.kind in "if" else column.missing
        if wrong.any():
            row = int(np.argmax(wrong))
            found = "is missing" if column.missing[row] else f"is {values[row]}"
            raise DataError(
                f'{self.name}: the target "{name}" {found} in {self.place(row)}{_and_more(int(wrong.sum()))}; '
                "correct or remove these rows"
            )
        return values


def suggestion(name: str, names: Iterable[str], *, among: Iterable[str] | None = None) -> str:
    """Return '; did you mean "price"?' of a close name (`among` these alone, if given), or else the list of names."""
    names = list(names)
    close = nearest(name, names if among is None else list(among))
    if close is not None:
        return f'; did you mean "{close}"?'
    return "; the columns are " + ", ".join(f'"{each}"' for each in names)


def _and_more(count: int) -> str:
    return "" if count == 1 else f" and {count - 1} other row{'s' if count > 2 else ''}"
