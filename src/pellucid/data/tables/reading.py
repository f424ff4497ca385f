"""`read_table`: a table from whatever holds one."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from pellucid.data.checks import DataError
from pellucid.data.tables.column import Column, ColumnKind
from pellucid.data.tables.delimited import read_delimited
from pellucid.data.tables.frames import is_frame, read_frame, read_parquet_table
from pellucid.data.tables.penguins import PENGUINS, load_penguins
from pellucid.data.tables.table import DataTable, suggestion
from pellucid.data.tables.text import column_of_text
from pellucid.data.tables.values import column_of_array, column_of_values
from pellucid.files import absence, expanded

__all__ = ["TABLE_SUFFIXES", "is_table", "read_as", "read_table"]

TABLE_SUFFIXES = (".csv", ".tsv", ".parquet")
_ACCEPTED = (
    "a path of a .csv, .tsv or .parquet file, penguins, a DataFrame, a NumPy structured array, a dict of columns, "
    "or a list of dicts"
)


def read_table(source: Any, *, kinds: Mapping[str, str] | None = None) -> DataTable:
    """Return a table: from a .csv, .tsv or .parquet file; a DataFrame (pandas, polars, PyArrow and others that narwhals reads); a
    NumPy structured array; a dict of columns (or of single values: one row); a list of dicts (rows); or "penguins", built in.

    Each column's kind is inferred; `kinds` gives those of some columns: {"year": "category"}. Raises DataError in one line, with
    the row of a value that does not fit.
    """
    table = read_as(source, given := _checked_kinds(kinds or {}))
    if unknown := [name for name in given if name not in table.names]:
        raise DataError(f'{table.name}: there is no column "{unknown[0]}"{suggestion(unknown[0], table.names)}')
    return table


def read_as(source: Any, kinds: Mapping[str, ColumnKind]) -> DataTable:
    """Return a table like `read_table`, with columns of these kinds where it has them."""
    table = source if isinstance(source, DataTable) else _read(source, kinds)
    return replace(table, columns=tuple(_as_kind(table, column, kinds.get(column.name)) for column in table.columns))


def is_table(source: Any) -> bool:
    """Whether `read_table` is meant to read a source: a table, a file with its suffix, a frame, or rows with names."""
    if isinstance(source, str | os.PathLike):
        return source == PENGUINS or Path(source).suffix.lower() in TABLE_SUFFIXES
    if isinstance(source, np.ndarray):
        return source.dtype.names is not None
    if isinstance(source, Sequence):
        return len(source) > 0 and all(isinstance(row, Mapping) for row in source)
    return isinstance(source, DataTable | Mapping) or is_frame(source)


def _read(source: Any, kinds: Mapping[str, ColumnKind]) -> DataTable:
    if isinstance(source, str) and source == PENGUINS:
        return load_penguins()
    if isinstance(source, str | os.PathLike):
        return _read_file(expanded(source), kinds)
    if not is_table(source):
        got = f"a NumPy array of {source.dtype}" if isinstance(source, np.ndarray) else type(source).__name__
        raise DataError(f"read_table: expected {_ACCEPTED}; got {got}")
    if isinstance(source, np.ndarray):
        names = source.dtype.names or ()
        return DataTable.of("the array", [column_of_array(name, np.ravel(source[name])) for name in names])
    if isinstance(source, Mapping):
        return DataTable.of("the table", [_column(str(name), values) for name, values in source.items()])
    if isinstance(source, Sequence):
        names = tuple(dict.fromkeys(name for row in source for name in row))
        columns = [column_of_values(str(name), [row.get(name) for row in source]) for name in names]
        return DataTable.of("the rows", columns)
    return read_frame(source)


def _read_file(path: Path, kinds: Mapping[str, ColumnKind]) -> DataTable:
    if not path.is_file():
        raise DataError(f"{path}: {absence(path)}")
    if path.suffix.lower() == ".parquet":
        return read_parquet_table(path)
    if path.suffix.lower() not in TABLE_SUFFIXES:
        raise DataError(f"{path.name}: a table is read from {', '.join(TABLE_SUFFIXES)} files; rename or convert it")
    return read_delimited(path, kinds)


def _column(name: str, values: Any) -> Column:
    """Return a column of a dict: an array, a sequence, or the single value of a table of one row."""
    if isinstance(values, np.ndarray) and values.ndim:
        return column_of_array(name, values)
    if isinstance(values, str) or not hasattr(values, "__len__"):
        return column_of_values(name, [values.item() if isinstance(values, np.generic | np.ndarray) else values])
    return column_of_values(name, list(values))


def _checked_kinds(kinds: Mapping[str, str]) -> dict[str, ColumnKind]:
    for name, kind in kinds.items():
        if kind not in list(ColumnKind):
            raise DataError(f'kinds: the kind of "{name}" must be one of {", ".join(ColumnKind)}; got {kind!r}')
    return {name: ColumnKind(kind) for name, kind in kinds.items()}


def _as_kind(table: DataTable, column: Column, kind: ColumnKind | None) -> Column:
    """Return the column in the kind that was asked for. Raises DataError for a value that is not of that kind."""
    if kind is None or (column.kind is kind and not column.problem):
        return column
    if kind is ColumnKind.CATEGORY:
        return column.as_categories()
    if column.missing.all():
        return replace(column, kind=kind, values=_no_values(kind, len(column)), vocabulary=())
    if column.kind is ColumnKind.CATEGORY:
        return _read_text(table, column, kind)
    row = int(np.argmin(column.missing))
    raise DataError(
        f'{table.name}: column "{column.name}": {table.place(row)}: expected a {kind}; got {column.values[row]}'
    )


def _no_values(kind: ColumnKind, rows: int) -> Any:
    return np.full(rows, np.nan) if kind is ColumnKind.NUMBER else np.full(rows, "NaT", dtype="datetime64[us]")


def _read_text(table: DataTable, column: Column, kind: ColumnKind) -> Column:
    """Read categories as numbers or dates."""
    texts = ["" if text is None else text for text in column.plain()]
    try:
        return column_of_text(column.name, texts, table.place, kind=kind)
    except DataError as error:
        raise DataError(f"{table.name}: {error}") from None
