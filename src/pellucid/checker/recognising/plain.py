"""What came back from a worker, as plain values: arrays by their places, and whether two are the same. Nothing trusts it."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from pellucid.shapes import Array

__all__ = ["Path", "arrays_in", "as_array", "is_same", "numbers_in", "reshaped_like", "single_numbers_in", "stacked"]

Path = tuple[Any, ...]
MOST = 200  # arrays that are looked at
TOLERANCE = 1e-7


def as_array(value: Any) -> Array | None:
    """Return numbers as a float64 array, None for anything else."""
    if isinstance(value, bool) or not isinstance(value, (int, float, np.ndarray)):
        return None
    array = np.asarray(value)
    if array.dtype.kind not in "iufb" or array.size > 1_000_000:
        return None
    return array.astype(np.float64)


def stacked(value: Any) -> Array | None:
    """Return a list of arrays of one shape, as a net over time returns its steps, as one array; None for anything else."""
    if not isinstance(value, list) or not value or not isinstance(value[0], np.ndarray):
        return None
    arrays = [as_array(item) if isinstance(item, np.ndarray) else None for item in value]
    shape = value[0].shape
    if not all(one is not None and one.shape == shape for one in arrays):
        return None
    return np.stack([one for one in arrays if one is not None])


def arrays_in(value: Any, path: Path = ()) -> dict[Path, Array]:
    """Return the arrays in nested lists and dictionaries, by their paths."""
    return dict(_pairs(value, path))


def single_numbers_in(value: Any) -> dict[Path, Array]:
    """Return the single numbers in nested lists and dictionaries, plain ones and arrays without axes, by their paths."""
    return {path: array for path, array in _pairs(value, (), plain=True) if not array.ndim}


def _pairs(value: Any, path: Path, *, plain: bool = False) -> Iterator[tuple[Path, Array]]:
    waiting, found = [(path, value)], 0
    while waiting and found < MOST:
        place, item = waiting.pop(0)
        if isinstance(item, Mapping):
            waiting += [((*place, key), inner) for key, inner in item.items()]
        elif isinstance(item, list):
            waiting += [((*place, number), inner) for number, inner in enumerate(item)]
        elif (plain or isinstance(item, np.ndarray)) and (array := as_array(item)) is not None:
            found += 1
            yield place, array


def numbers_in(value: Any) -> dict[str, float]:
    """Return the numbers among an object's attributes."""
    items = value.items() if isinstance(value, Mapping) else ()
    return {
        str(key): float(item) for key, item in items if isinstance(item, (int, float)) and not isinstance(item, bool)
    }


def is_same(found: Array, expected: Array, tolerance: float = TOLERANCE) -> bool:
    """Whether two arrays hold the same numbers, apart from axes of length 1."""
    if found.size != expected.size or _sides(found) != _sides(expected):
        return False
    scale = float(np.abs(expected).max(initial=0.0))
    difference = np.abs(found.ravel() - expected.ravel())
    return bool(np.isfinite(found).all() and (difference <= tolerance * (scale + 1e-12)).all())


def _sides(array: Array) -> tuple[int, ...]:
    return tuple(side for side in array.shape if side != 1)


def reshaped_like(value: Array, shape: tuple[int, ...]) -> Array:
    """Return a value with axes of length 1 where an array of another size has them."""
    sides = [side for side in value.shape if side != 1]
    if sum(side != 1 for side in shape) != len(sides):
        return value
    remaining = iter(sides)
    return value.reshape([1 if side == 1 else next(remaining) for side in shape])
