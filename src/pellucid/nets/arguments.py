"""What a network refuses of what it is given: shapes of samples, kinds of numbers, batches."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from pellucid.shapes import FLOATS, Array, ShapeError

__all__ = ["checked_dtype", "checked_input", "checked_shape"]


def checked_shape(shape: Sequence[int]) -> tuple[int, ...]:
    """Return the sizes of one sample, or raise ShapeError."""
    sizes = tuple(shape) if isinstance(shape, (tuple, list)) else (shape,)
    if not sizes or not all(isinstance(n, (int, np.integer)) and not isinstance(n, bool) and n > 0 for n in sizes):
        raise ShapeError(f"Network: input_shape must be the sizes of one sample, such as (3, 32, 32); got {shape!r}")
    return tuple(int(n) for n in sizes)


def checked_dtype(dtype: npt.DTypeLike) -> "np.dtype[Any]":
    """Return float32 or float64, or raise ShapeError."""
    try:
        found = None if dtype is None else np.dtype(dtype)
    except TypeError:
        found = None
    if found is None or found not in FLOATS:
        raise ShapeError(f"Network: dtype must be float32 or float64; got {dtype if found is None else found}")
    return found


def checked_input(who: str, x: Array, input_shape: tuple[int, ...], dtype: "np.dtype[Any]") -> Array:
    """Return a batch in the network's dtype, or raise ShapeError. who: the method that was called."""
    if not isinstance(x, np.ndarray) or x.dtype.kind != "f":
        kind = x.dtype if isinstance(x, np.ndarray) else type(x).__name__
        raise ShapeError(
            f"Network.{who}: x must be an array of floats; got {kind} (pellucid.data.Standardization makes pixels floats)"
        )
    if x.ndim == 0 or x.shape[1:] != input_shape:
        wanted = ", ".join(map(str, ("N", *input_shape)))
        raise ShapeError(f"Network.{who}: x must have shape ({wanted}); got {x.shape}")
    return x.astype(dtype, copy=False)
