"""Conversion of the course's arrays for Pellucid's layers, which take float32 or float64, never mixed."""

from typing import Any

import numpy as np

from pellucid.shapes import Array

__all__ = ["as_dtype", "of_one_dtype"]


def of_one_dtype(*arrays: Any) -> tuple[Array, ...]:
    """Return the arrays as float32 if all are, otherwise as float64 (also integers), as NumPy would promote them."""
    read = [np.asarray(array) for array in arrays]
    dtype = np.float32 if all(array.dtype == np.float32 for array in read) else np.float64
    return tuple(array.astype(dtype, copy=False) for array in read)


def as_dtype(array: Any, like: Array) -> Array:
    """Return an upstream gradient in the dtype of the forward pass."""
    return np.asarray(array, dtype=like.dtype)
