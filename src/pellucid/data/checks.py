"""Checks that every data set must pass, the error that they raise, and the place that a warning names.

`who` starts the message, so that an error names the file: `train.parquet: row 3: label 11 is not in 0..9`.
"""

import sys
from collections.abc import Iterable
from typing import Any

import numpy as np

from pellucid.data.lazy import LazyArray
from pellucid.files import is_utf8
from pellucid.shapes import FLOATS, Array

__all__ = ["DataError", "check_classes", "check_images", "checked_labels", "is_whole", "listed", "outside"]

_ROWS_AT_ONCE = 1024  # bounds the temporary array of the search for NaN


class DataError(ValueError):
    """A file, an array or a setting of the data cannot be used; the message says in one line why, and what to do."""


def check_images(who: str, images: Any) -> None:
    """Raise DataError unless images are (N, C, H, W) uint8 or (N, ...) finite float32 or float64, with N at least 1.

    Values of a LazyArray are not read, and so not checked.
    """
    if not isinstance(images, np.ndarray | LazyArray):
        raise DataError(f"{who}: images must be a NumPy array; got {type(images).__name__}")
    picture = images.dtype == np.uint8 and images.ndim == 4
    if not picture and not (images.dtype in FLOATS and images.ndim >= 2):
        raise DataError(
            f"{who}: images must be uint8 (N, C, H, W), or float32 or float64 (N, ...); "
            f"got {images.dtype} {images.shape}; convert them with .astype(...) or .reshape(...)"
        )
    if images.size == 0:
        raise DataError(f"{who}: there are no images; the array has shape {images.shape}")
    if not picture and isinstance(images, np.ndarray):
        _check_finite(who, images)


def _check_finite(who: str, images: Array) -> None:
    for start in range(0, len(images), _ROWS_AT_ONCE):
        finite = np.isfinite(images[start : start + _ROWS_AT_ONCE])
        if not finite.all():
            row = int(np.argmin(finite.reshape(len(finite), -1).all(axis=1)))
            value = images[start + row][~finite[row]][0]
            raise DataError(f"{who}: row {start + row}: the image holds {value}; every value must be finite")


def check_classes(who: str, classes: Iterable[str]) -> None:
    """Raise DataError unless classes are at least two different strings."""
    names = [classes] if isinstance(classes, str) else list(classes)
    if not all(isinstance(name, str) for name in names):
        raise DataError(f"{who}: classes must be names (strings); got {names!r}")
    if unwritable := [name for name in names if not is_utf8(name)]:
        raise DataError(f"{who}: class names must be text that UTF-8 can hold; got {unwritable[0]!a}")
    if len(names) < 2:
        raise DataError(f"{who}: there must be at least two classes; got {names!r}")
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise DataError(f"{who}: class names must be unique; {twice!r} appears more than once")


def checked_labels(who: str, labels: Array, rows: int, classes: int) -> Array:
    """Return labels as (N,) int64; raise DataError unless they are `rows` whole numbers from 0 to `classes - 1`."""
    if not isinstance(labels, np.ndarray) or labels.dtype.kind not in "iu":
        kind = labels.dtype if isinstance(labels, np.ndarray) else type(labels).__name__
        raise DataError(f"{who}: labels must be an array of whole numbers; got {kind}")
    if labels.shape != (rows,):
        raise DataError(f"{who}: labels must have shape (N,) = ({rows},), one for each image; got {labels.shape}")
    wrong = np.flatnonzero((labels < 0) | (labels >= classes))
    if wrong.size:
        row = int(wrong[0])
        raise DataError(f"{who}: row {row}: label {labels[row]} is not in 0..{classes - 1}")
    return labels.astype(np.int64, copy=False)


def is_whole(value: object) -> bool:
    """Whether a value is a whole number; True and False do not count."""
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def outside() -> int:
    """Return the `stacklevel` with which the caller's warning names the first line outside this package."""
    level, frame = 1, sys._getframe(1)
    while frame.f_back is not None and str(frame.f_globals.get("__name__")).startswith("pellucid."):
        level, frame = level + 1, frame.f_back
    return level


def listed(names: Iterable[Any], most: int = 8) -> str:
    """Return names in one line, of many the first.

    >>> listed(["a", "b", "c"], most=2)
    'a, b, ... (3)'
    """
    every = [str(name) for name in names]
    return ", ".join(every[:most]) + (f", ... ({len(every)})" if len(every) > most else "")
