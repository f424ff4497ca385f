"""What the course's arrays become on their way into Pellucid's layers, which take float32 or float64, never mixed."""

from typing import Any

import numpy as np

from pellucid.shapes import Array

__all__ = ["as_dtype", "of_one_dtype"]


def of_one_dtype(*arrays: Any) -> tuple[Array, ...]:
    """Return the arrays as float32 where all are, else as float64: NumPy's own promotion, whole numbers included."""
    read = [np.asarray(array) for array in arrays]
    dtype = np.float32 if all(array.dtype == np.float32 for array in read) else np.float64
    return tuple(array.astype(dtype, copy=False) for array in read)


def as_dtype(array: Any, like: Array) -> Array:
    """Return an upstream gradient in the dtype of what went forward."""
    return np.asarray(array, dtype=like.dtype)
