"""Objects with `__len__` and `__getitem__` that give (input, target): data sets of PyTorch and whatever is like them."""

from functools import cached_property
from typing import Any

import numpy as np

from pellucid.data.checks import DataError
from pellucid.data.lazy import LazyArray
from pellucid.shapes import Array

__all__ = ["IndexedSamples", "as_array", "is_indexed"]


def is_indexed(data: Any) -> bool:
    """Whether data give one sample for each index (a NumPy array or a text does not count)."""
    return (
        hasattr(data, "__getitem__")
        and hasattr(data, "__len__")
        and not isinstance(data, np.ndarray | str | bytes | dict)
    )


class IndexedSamples(LazyArray):
    """The inputs of `data[0]` to `data[len(data) - 1]`, each a pair (input, target)."""

    def __init__(self, data: Any) -> None:
        """Read the first sample. Raises DataError, naming the row, for what is no pair of numbers."""
        if len(data) == 0:
            raise DataError(f"{_name(data)}: there are no samples")
        self.data = data
        first = self._sample(0)
        self.shape, self.dtype = (len(data), *first.shape), first.dtype

    def read(self, rows: Array) -> Array:
        """Return the inputs of these rows, (M, ...). Raises DataError, naming the row."""
        out = np.empty((len(rows), *self.shape[1:]), dtype=self.dtype)
        for place, row in enumerate(rows):
            sample = self._sample(int(row))
            if sample.shape != self.shape[1:]:
                rule = f"every input must have the shape of the first, {self.shape[1:]}"
                raise DataError(f"{_name(self.data)}: row {row}: {rule}; got {sample.shape}")
            out[place] = sample
        return out

    def _sample(self, row: int) -> Array:
        return as_array(_name(self.data), self._pair(row)[0], f"row {row}")

    def _pair(self, row: int) -> tuple[Any, Any]:
        try:
            pair = self.data[row]
        except Exception as error:  # of the user's own code
            raise DataError(f"{_name(self.data)}: row {row}: {type(error).__name__}: {error}") from error
        if not isinstance(pair, tuple | list) or len(pair) != 2:
            raise DataError(
                f"{_name(self.data)}: row {row}: expected a pair (input, target); got {type(pair).__name__}"
            )
        return pair[0], pair[1]

    @cached_property
    def targets(self) -> Any:
        """The targets, (N,) or (N, K): the data's own `targets` where it has them, else those of every sample, read once."""
        own = getattr(self.data, "targets", None)
        if own is not None and hasattr(own, "__len__") and len(own) == len(self.data):
            return own.numpy() if hasattr(own, "numpy") else own
        found = [_plain(self._pair(row)[1]) for row in range(len(self.data))]
        return np.stack(found) if all(isinstance(target, np.ndarray) for target in found) else found


def _plain(target: Any) -> Any:
    """Return a tensor as an array, and one without axes as its value."""
    target = target.numpy() if hasattr(target, "numpy") else target
    return target.item() if isinstance(target, np.ndarray | np.generic) and target.ndim == 0 else target


def as_array(who: str, values: Any, place: str) -> Array:
    """Return numbers, a tensor or a picture as an array: uint8, float32 or float64. Raises DataError, naming the place."""
    if hasattr(values, "detach"):
        values = values.detach().cpu().numpy()
    array = np.asarray(values)
    if array.dtype.kind not in "biuf":
        raise DataError(
            f"{who}: {place}: an input must be numbers; got {array.dtype if array.shape else type(values).__name__}"
        )
    keep = array.dtype in (np.uint8, np.float32, np.float64)
    return array if keep else array.astype(np.float32)


def _name(data: Any) -> str:
    return type(data).__name__
