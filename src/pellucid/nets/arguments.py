"""What a network refuses of what it is given: shapes of samples, kinds of numbers, batches."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from pellucid.shapes import FLOATS, Array, ShapeError

__all__ = [
    "Inputs",
    "SeveralInputs",
    "as_inputs",
    "checked_dtype",
    "checked_input",
    "checked_inputs",
    "checked_name",
    "checked_shape",
]


class SeveralInputs:
    """The inputs of a network that has several, as samples: it has a length, and takes rows, as an array does."""

    def __init__(self, arrays: Sequence[Array]) -> None:
        """Keep one array (N, ...) of floats for each input; raise ShapeError where they differ in length."""
        self.arrays = tuple(arrays)
        if len({len(array) for array in self.arrays}) > 1:
            rows = ", ".join(str(len(array)) for array in self.arrays)
            raise ShapeError(f"all inputs of a network must have as many rows; got {rows}")
        self.dtype, self.ndim = self.arrays[0].dtype, 1
        self.shape = (len(self.arrays[0]),)

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: Any) -> "SeveralInputs":
        return SeveralInputs([array[rows] for array in self.arrays])


Inputs = Array | tuple[Array, ...] | SeveralInputs  # of a network; one array where it has one input


def as_inputs(x: Inputs) -> tuple[Array, ...]:
    """Return the arrays that go into a network, one for each input."""
    if isinstance(x, SeveralInputs):
        return x.arrays
    return x if isinstance(x, tuple) else (x,)


def checked_shape(shape: Sequence[int], who: str = "Network: input_shape") -> tuple[int, ...]:
    """Return the sizes of one sample, or raise ShapeError. who: the function and its argument."""
    sizes = tuple(shape) if isinstance(shape, (tuple, list)) else (shape,)
    if not sizes or not all(isinstance(n, (int, np.integer)) and not isinstance(n, bool) and n > 0 for n in sizes):
        raise ShapeError(f"{who} must be the sizes of one sample, such as (3, 32, 32); got {shape!r}")
    return tuple(int(n) for n in sizes)


def checked_name(name: Any) -> str:
    """Return the name of a network, or raise ShapeError: it becomes a part of the names of its parameters."""
    if not isinstance(name, str) or (name and not name.replace("-", "_").isidentifier()):
        raise ShapeError(f"Network: name must be letters, digits, - and _, such as 'encoder'; got {name!r}")
    return name


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
            f"Network.{who}: x must be an array of floats; got {kind} (a Trainer and what pellucid.load returns take raw pixels; "
            "pellucid.data.Standardization makes them floats)"
        )
    if x.ndim == 0 or x.shape[1:] != input_shape:
        wanted = ", ".join(map(str, ("N", *input_shape)))
        raise ShapeError(f"Network.{who}: x must have shape ({wanted}); got {x.shape}")
    return x.astype(dtype, copy=False)


def checked_inputs(who: str, x: Any, shapes: Sequence[tuple[int, ...]], dtype: "np.dtype[Any]") -> tuple[Array, ...]:
    """Return the arrays of a batch, one for each input of the network, in its dtype, or raise ShapeError."""
    x = x.arrays if isinstance(x, SeveralInputs) else x
    if len(shapes) == 1:
        return (checked_input(who, x, shapes[0], dtype),)
    if not isinstance(x, (tuple, list)) or len(x) != len(shapes):
        given = f"{len(x)} of them" if isinstance(x, (tuple, list)) else type(x).__name__
        raise ShapeError(f"Network.{who}: x must be a tuple of {len(shapes)} arrays, one for each input; got {given}")
    arrays = tuple(checked_input(who, array, shape, dtype) for array, shape in zip(x, shapes, strict=True))
    if len({len(array) for array in arrays}) > 1:
        rows = ", ".join(str(len(array)) for array in arrays)
        raise ShapeError(f"Network.{who}: all inputs must have as many rows; got {rows}")
    return arrays
