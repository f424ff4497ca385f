"""A column of a table: its name, its kind and its values in one NumPy array."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from pellucid.data.checks import DataError
from pellucid.shapes import Array

__all__ = ["Column", "ColumnKind", "category_column", "date_column", "number_column"]


class ColumnKind(StrEnum):
    """What a column holds."""

    NUMBER = "number"
    CATEGORY = "category"
    DATE = "date"


@dataclass(frozen=True, eq=False)
class Column:
    """The values of one column; `number_column`, `category_column` and `date_column` make one."""

    name: str
    kind: ColumnKind
    values: Array  # (N,) numbers float64, NaN if missing; categories int32, -1 if missing; dates datetime64[us], NaT
    vocabulary: tuple[str, ...] = ()  # the categories that the values number, in alphabetical order
    whole: bool = False  # whether the numbers were written as whole numbers
    note: str = ""  # how text was read, where that is a choice: "decimal comma"
    problem: str = ""  # why the column cannot be used as it is; reported when it is used

    def __repr__(self) -> str:
        """Return what the column holds, not the array."""
        missing = int(self.missing.sum())
        return f"Column {self.name!r}: {self.kind}, {len(self):,} rows, {self.distinct():,} different values, {missing:,} missing"

    def __len__(self) -> int:
        """Return N, the number of rows."""
        return len(self.values)

    @property
    def missing(self) -> Array:
        """Which values are missing, (N,) bool."""
        if self.kind is ColumnKind.NUMBER:
            return np.isnan(self.values)
        return self.values < 0 if self.kind is ColumnKind.CATEGORY else np.isnat(self.values)

    def at(self, rows: Array) -> "Column":
        """Return the values at `rows` ((M,) whole numbers or (N,) bool)."""
        return replace(self, values=self.values[rows])

    def distinct(self) -> int:
        """Return how many different values there are, without the missing ones."""
        return len(np.unique(self.values[~self.missing]))

    def plain(self) -> Array:
        """Return the values as a user holds them: int64, float64, datetime64, or strings with None for a missing one."""
        if self.kind is ColumnKind.CATEGORY:
            return np.array([*self.vocabulary, None], dtype=object)[self.values]  # -1 is the last
        if self.kind is ColumnKind.NUMBER and self.whole and np.isfinite(self.values).all():
            return self.values.astype(np.int64)
        return self.values

    def as_categories(self) -> "Column":
        """Return numbers or dates as categories: whole numbers as "7", others as "7.5", dates as "2024-03-31"."""
        if self.kind is ColumnKind.CATEGORY:
            return replace(self, problem="")
        return category_column(
            self.name, [None if gone else _text(v) for v, gone in zip(self.values, self.missing, strict=True)]
        )


def number_column(name: str, values: Array, *, whole: bool = False, note: str = "") -> Column:
    """Return a column of numbers, (N,) of any integer or float type; NaN is missing."""
    return Column(name, ColumnKind.NUMBER, np.asarray(values, dtype=np.float64), whole=whole, note=note)


def category_column(name: str, texts: Iterable[str | None], *, note: str = "", problem: str = "") -> Column:
    """Return a column of categories; None is missing."""
    texts = list(texts)
    vocabulary = tuple(sorted({text for text in texts if text is not None}))
    codes: dict[str | None, int] = {text: code for code, text in enumerate(vocabulary)}
    codes[None] = -1
    values = np.fromiter((codes[text] for text in texts), dtype=np.int32, count=len(texts))
    return Column(name, ColumnKind.CATEGORY, values, vocabulary, note=note, problem=problem)


def date_column(name: str, values: Array, *, note: str = "") -> Column:
    """Return a column of dates or points in time, (N,) datetime64; NaT is missing. Raises DataError for another dtype."""
    if values.dtype.kind != "M":
        raise DataError(f'column "{name}": dates must be datetime64; got {values.dtype}')
    return Column(name, ColumnKind.DATE, values.astype("datetime64[us]"), note=note)


def _text(value: np.generic) -> str:
    if isinstance(value, np.datetime64):
        day = value.astype("datetime64[D]")
        return str(day if day == value else value.astype("datetime64[s]"))
    number = float(value)
    return str(int(number)) if number.is_integer() else repr(number)
