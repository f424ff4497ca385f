"""Safe reading of the CIFAR-10 pickles (Python 2, protocol 2).

A pickle can name any function and have it called. This unpickler accepts only the four names that make up a NumPy array, and
replaces even these by stand-ins, so that only code of this file runs. Everything else in a batch is dicts, lists, numbers and
bytes.
"""

import io
import pickle
from typing import Any

import numpy as np

from pellucid.data.checks import DataError
from pellucid.shapes import Array

__all__ = ["read_batch"]

_SIDE = 32
_CLASSES = 10


def read_batch(who: str, content: bytes, *, rows: int) -> tuple[Array, Array]:
    """Return images (rows, 3, 32, 32) uint8, read-only, and labels (rows,) int64 of one batch file.

    Raises DataError, starting with `who`, if the pickle lacks either or holds anything unexpected.
    """
    try:
        batch = _Unpickler(io.BytesIO(content), encoding="bytes").load()
    except DataError as error:
        raise DataError(f"{who}: {error}") from error
    except Exception as error:  # a broken pickle can raise almost anything
        raise DataError(f"{who}: not a readable pickle, or truncated; copy it again") from error
    if not isinstance(batch, dict) or not {b"data", b"labels"} <= batch.keys():
        raise DataError(f"{who}: expected a dict with data and labels; this is not a CIFAR-10 batch for Python")
    images, labels = _pixels(who, batch[b"data"], rows), batch[b"labels"]
    if not isinstance(labels, list) or len(labels) != rows:
        count = len(labels) if isinstance(labels, list) else "no"
        raise DataError(f"{who}: expected {rows} labels, got {count}; copy it again")
    for row, label in enumerate(labels):
        if type(label) is not int or not 0 <= label < _CLASSES:
            raise DataError(f"{who}: row {row}: label {label!r} is not in 0..{_CLASSES - 1}")
    return images, np.array(labels, dtype=np.int64)


def _pixels(who: str, data: object, rows: int) -> Array:
    shape = (rows, 3 * _SIDE * _SIDE)
    state = getattr(data, "state", None) if isinstance(data, _PickledArray) else None
    match state:
        case (int(), tuple() as found, _PickledDtype(name=b"u1" | "u1"), bool() | int() as fortran, bytes() as raw):
            if found == shape and len(raw) == rows * shape[1] and not fortran:
                return np.frombuffer(raw, dtype=np.uint8).reshape(rows, 3, _SIDE, _SIDE)
            raise DataError(f"{who}: data must have shape {shape}, one row for each image; got {found}; copy it again")
    raise DataError(f"{who}: data must be a uint8 array of shape {shape}; copy the file again")


class _PickledArray:
    """Stores the pickled state of an array without interpreting it."""

    __slots__ = ("state",)

    def __init__(self, *_: object) -> None:
        self.state: Any = None

    def __setstate__(self, state: object) -> None:
        self.state = state


class _PickledDtype:
    """Stores the name of a dtype; byte order does not matter for single bytes."""

    __slots__ = ("name",)

    def __init__(self, name: object = None, *_: object) -> None:
        self.name = name

    def __setstate__(self, state: object) -> None:
        pass


_ACCEPTED = {
    ("numpy.core.multiarray", "_reconstruct"): _PickledArray,
    ("numpy._core.multiarray", "_reconstruct"): _PickledArray,
    ("numpy", "ndarray"): _PickledArray,
    ("numpy", "dtype"): _PickledDtype,
}


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> type:
        """Return the stand-in for an accepted name; raise DataError for any other name."""
        try:
            return _ACCEPTED[module, name]
        except KeyError:
            raise DataError(
                f"it refers to {module}.{name}, which image data never needs; nothing was run; do not use this file"
            ) from None

    def persistent_load(self, pid: object) -> object:
        """Raise DataError: objects outside the pickle are not accepted."""
        raise DataError("it refers to an object outside itself; nothing was run; do not use this file")
