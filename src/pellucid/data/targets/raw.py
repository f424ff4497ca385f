"""Targets as users hold them (arrays, lists, columns of a table) as one plain NumPy array."""

import math
import numbers
from collections.abc import Callable
from typing import Any

import numpy as np

from pellucid.data.checks import DataError
from pellucid.shapes import Array

__all__ = ["as_array_of", "as_rows", "check_scores", "names_of", "raw_values", "whole_or_none"]


def raw_values(who: str, y: Any) -> Array:
    """Return targets as an array of bool, int64, float64 or str. Raises DataError for missing, mixed or other values.

    y: an array, a list, a column or a frame of pandas or polars, or a sparse matrix. NaN, None and masked entries count as missing.
    """
    if isinstance(y, np.ma.MaskedArray) and np.ma.is_masked(y):
        row = int(np.argwhere(np.ma.getmaskarray(y))[0][0])
        raise DataError(f"{who}: row {row} is masked; every row needs a target: remove or fill those without one")
    for method in ("toarray", "to_numpy"):
        if hasattr(y, method):
            y = getattr(y, method)()
            break
    if hasattr(y, "__array__") and not isinstance(y, np.ndarray | np.generic):
        y = as_array_of(y)
    if not isinstance(y, np.ndarray):
        y = _listed(who, y)
    kind = y.dtype.kind
    if kind in "OST":
        return _of_one_kind(who, y)
    if kind not in "biufU":
        raise DataError(f"{who} must be numbers, labels or True and False; got an array of {y.dtype}")
    if kind == "f":
        _check_finite(who, y)
    return y.astype({"b": np.bool_, "f": np.float64, "U": y.dtype}.get(kind, np.int64), copy=False)


def as_array_of(given: Any) -> Array:
    """Return an array, nested lists or a tensor, also one that requires a gradient, as an array."""
    return np.asarray(given.detach() if hasattr(given, "detach") else given)


def names_of(y: Any) -> tuple[str, ...]:
    """Return the names of a frame's columns, or of a column; () where targets have no names."""
    columns = getattr(y, "columns", None)
    if columns is not None:
        return tuple(str(name) for name in columns)
    name = getattr(y, "name", None)
    return () if name in (None, "") or not isinstance(name, str) else (name,)


def as_rows(who: str, values: Array) -> Array:
    """Return (N, K) from (N,) or (N, K). Raises DataError for other shapes."""
    if values.ndim not in (1, 2) or 0 in values.shape:
        raise DataError(f"{who} must have shape (N,) or (N, K), with at least one row; got {values.shape}")
    return values.reshape(len(values), -1)


def whole_or_none(values: Array) -> Array | None:
    """Return whole numbers as int64, also where they are stored as floats; None for anything else."""
    if values.dtype.kind in "iu":
        return values
    if values.dtype.kind != "f" or not (values == np.floor(values)).all() or np.abs(values).max(initial=0) > 2**53:
        return None
    return values.astype(np.int64)


def check_scores(who: str, scores: Array, outputs: int) -> Array:
    """Return scores (N, K) as an array. Raises DataError unless there is one score for each of the target's outputs."""
    scores = np.asarray(scores)
    if scores.ndim != 2 or scores.shape[1] != outputs:
        raise DataError(f"{who}: scores must have shape (N, {outputs}), one for each output; got {scores.shape}")
    return scores


def _listed(who: str, y: Any) -> Array:
    """Return a list as an array of objects, so that NumPy converts nothing silently."""
    if isinstance(y, (str, bytes)) or not hasattr(y, "__iter__"):
        raise DataError(f"{who} must be an array, a list or a column of a table; got {type(y).__name__}")
    rows = list(y)
    widths = {len(row) if isinstance(row, (list, tuple, np.ndarray)) else None for row in rows}
    if len(widths) > 1:
        raise DataError(f"{who}: every row must hold the same number of targets; the list's rows differ")
    return np.array(rows, dtype=object)


def _of_one_kind(who: str, y: Array) -> Array:
    """Return an array of objects as numbers, True and False, or str."""
    flat = y.ravel()
    for kind, dtype in _DTYPES:
        if all(kind(value) for value in flat):
            values = np.array([dtype(value) for value in flat]).reshape(y.shape)
            if values.dtype.kind == "f":
                _check_finite(who, values)
            return values
    row, value = _first_odd(flat)
    row = row * len(y) // max(len(flat), 1)
    missing = value is None or value != value or type(value).__name__ == "NAType"
    rule = "every row needs a target: remove or fill those without one" if missing else "targets must be of one kind"
    shown = "missing" if missing else f"{value!r} ({type(value).__name__})"
    raise DataError(f"{who}: row {row} is {shown}; {rule}")


def _is_bool(value: Any) -> bool:
    return isinstance(value, (bool, np.bool_))


def _is_int(value: Any) -> bool:
    return isinstance(value, numbers.Integral) and not _is_bool(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, numbers.Real) and not _is_bool(value)


def _is_text(value: Any) -> bool:
    return isinstance(value, (str, bytes))


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


_DTYPES: tuple[tuple[Callable[[Any], bool], Callable[[Any], Any]], ...] = (
    (_is_bool, bool),
    (_is_int, int),
    (_is_number, float),
    (_is_text, _text),
)


def _first_odd(flat: Array) -> tuple[int, Any]:
    """Return place and value of the first entry that is missing, or else of the first that is not of the first one's kind."""
    for place, value in enumerate(flat):
        if value is None or type(value).__name__ == "NAType" or (isinstance(value, float) and math.isnan(value)):
            return place, value
    first = next(kind for kind in (_is_bool, _is_number, _is_text, lambda _: True) if kind(flat[0]))
    return next(((place, value) for place, value in enumerate(flat) if not first(value)), (0, flat[0]))


def _check_finite(who: str, values: Array) -> None:
    finite = np.isfinite(values)
    if not finite.all():
        place = np.argwhere(~finite)[0]
        column = f", column {place[1]}" if len(place) > 1 and values.shape[1] > 1 else ""
        value = values[tuple(place)]
        raise DataError(f"{who}: row {place[0]}{column} is {value}; every target must be a finite number")
