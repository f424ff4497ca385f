"""The pickles of CIFAR-10 (Python 2, protocol 2), read without trusting them.

A pickle may name any function and have it called. This unpickler admits four names, those of a NumPy array, and answers
even these with stand-ins of its own, so that no code but this file's runs: the rest is plain dicts, lists, numbers, bytes.
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

    Raises DataError, beginning with `who`, if anything but these is in the pickle or anything of them is missing.
    """
    try:
        batch = _Unpickler(io.BytesIO(content), encoding="bytes").load()
    except DataError as error:
        raise DataError(f"{who}: {error}") from error
    except Exception as error:  # a broken pickle raises nearly anything
        raise DataError(f"{who}: it is not a readable pickle, or cut short; copy it again") from error
    if not isinstance(batch, dict) or not {b"data", b"labels"} <= batch.keys():
        raise DataError(f"{who}: it must hold a dict with data and labels; it is not a batch of CIFAR-10 for Python")
    images, labels = _pixels(who, batch[b"data"], rows), batch[b"labels"]
    if not isinstance(labels, list) or len(labels) != rows:
        count = len(labels) if isinstance(labels, list) else "no"
        raise DataError(f"{who}: there must be {rows} labels; there are {count}; copy it again")
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
            raise DataError(f"{who}: data must have shape {shape}, a row for each image; it has {found}; copy it again")
    raise DataError(f"{who}: data must be a uint8 array of shape {shape}; copy the file again")


class _PickledArray:
    """Takes what a pickle says of an array, and does nothing with it."""

    __slots__ = ("state",)

    def __init__(self, *_: object) -> None:
        self.state: Any = None

    def __setstate__(self, state: object) -> None:
        self.state = state


class _PickledDtype:
    """Takes the name of a dtype; byte order and the like cannot matter to bytes."""

    __slots__ = ("name",)

    def __init__(self, name: object = None, *_: object) -> None:
        self.name = name

    def __setstate__(self, state: object) -> None:
        pass


_ADMITTED = {
    ("numpy.core.multiarray", "_reconstruct"): _PickledArray,
    ("numpy._core.multiarray", "_reconstruct"): _PickledArray,
    ("numpy", "ndarray"): _PickledArray,
    ("numpy", "dtype"): _PickledDtype,
}


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> type:
        """Answer the four admitted names, and refuse every other."""
        try:
            return _ADMITTED[module, name]
        except KeyError:
            raise DataError(
                f"it asks for {module}.{name}, which no image needs; nothing was run; do not use it"
            ) from None

    def persistent_load(self, pid: object) -> object:
        """Refuse references to objects outside the pickle."""
        raise DataError("it refers to an object outside itself; nothing was run; do not use it")
