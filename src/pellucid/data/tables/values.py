"""Columns of Python values or NumPy arrays, as frames, lists and structured arrays hold them.

Numbers, booleans (the categories "false" and "true"), strings, dates and points in time; None, NaN and NaT are missing.
"""

import datetime
import math
import numbers
from collections.abc import Sequence
from typing import Any

import numpy as np

from pellucid.data.checks import DataError
from pellucid.data.tables.column import Column, category_column, date_column, number_column
from pellucid.data.tables.text import MOSTLY, column_of_strings
from pellucid.shapes import Array

__all__ = ["column_of_array", "column_of_values"]


def column_of_array(name: str, values: Array) -> Column:
    """Return the column of an array (N,) of any dtype. Raises DataError for values that a table cannot hold."""
    if values.ndim != 1:
        raise DataError(f'column "{name}": expected one value a row, shape (N,); got {values.shape}')
    kind = values.dtype.kind
    if kind in "iuf":
        return number_column(name, values, whole=kind in "iu")
    if kind == "b":
        return category_column(name, np.where(values, "true", "false").tolist())
    if kind == "M":
        return date_column(name, values)
    if kind == "m":
        seconds = np.where(np.isnat(values), np.nan, values / np.timedelta64(1, "s"))
        return number_column(name, seconds, note="in seconds")
    if kind == "S":
        return category_column(name, (value.decode(errors="replace") for value in values.tolist()))
    if kind in "OUT":
        return column_of_values(name, values.tolist())
    raise DataError(f'column "{name}": a table holds numbers, text and dates; got {values.dtype}')


def column_of_values(name: str, values: Sequence[Any]) -> Column:
    """Return the column of Python values. Raises DataError, naming the row, for a value that a table cannot hold."""
    present = {row: value for row, value in enumerate(values) if not _is_missing(value)}
    if all(isinstance(value, numbers.Real) and not isinstance(value, bool | np.bool_) for value in present.values()):
        found = np.full(len(values), np.nan)
        found[list(present)] = [float(value) for value in present.values()]
        return number_column(name, found, whole=all(isinstance(v, numbers.Integral) for v in present.values()))
    if all(isinstance(value, datetime.date | np.datetime64) for value in present.values()):
        dates = np.full(len(values), np.datetime64("NaT"), dtype="datetime64[us]")
        dates[list(present)] = [_moment(value) for value in present.values()]
        return date_column(name, dates)
    if all(isinstance(value, str) for value in present.values()):
        return column_of_strings(name, map(present.get, range(len(values))))
    texts = {row: _text(name, row, value) for row, value in present.items()}
    return category_column(name, map(texts.get, range(len(values))), problem=_problem(present))


def _is_missing(value: Any) -> bool:
    """Whether a value stands for a missing one: None, NaN, NaT, or a missing value of pandas."""
    if value is None or (isinstance(value, float | np.floating) and math.isnan(value)):
        return True
    return type(value).__name__ in ("NaTType", "NAType") or (isinstance(value, np.datetime64) and bool(np.isnat(value)))


def _moment(value: Any) -> Any:
    if isinstance(value, datetime.datetime) and value.tzinfo is not None:
        value = value.astimezone(datetime.UTC).replace(tzinfo=None)
    return np.datetime64(value, "us")


def _text(name: str, row: int, value: Any) -> str:
    if isinstance(value, str | numbers.Real | datetime.date):
        return str(value).lower() if isinstance(value, bool | np.bool_) else str(value)
    if isinstance(value, np.bool_ | np.datetime64):
        return str(value).lower()
    raise DataError(f'column "{name}": row {row}: a table holds numbers, text and dates; got {type(value).__name__}')


def _problem(present: dict[int, Any]) -> str:
    """Return what to say of a few strings among numbers, or ''."""
    wrong = [row for row, value in present.items() if isinstance(value, str)]
    if not wrong or len(wrong) > (1 - MOSTLY) * len(present):
        return ""
    return (
        f"row {wrong[0]}: {present[wrong[0]]!r} is not a number, and {len(present) - len(wrong)} of {len(present)} values are; "
        "correct it or leave it empty, or declare the column a category"
    )
