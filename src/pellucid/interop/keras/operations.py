"""Operations of `keras.ops` as layers of a user's own call them: products with matrices, parts of samples, bounds, constants."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np
from keras import KerasTensor, ops

from pellucid.interop.constants import NoLayerError, ReadConstant
from pellucid.interop.keras.values import KerasValues
from pellucid.interop.values import ReadValue
from pellucid.shapes import Array

__all__ = ["clipped", "constant", "learned_or_constant", "matrix_product", "part_of"]


def constant(value: Any) -> Array:
    """Return an argument as an array. Raises NoLayerError for a value that depends on the input."""
    if isinstance(value, (ReadValue, KerasTensor)) or value is None:
        raise NoLayerError("it computes with another value than a constant")
    return np.asarray(ops.convert_to_numpy(value), dtype=np.float64)


def learned_or_constant(values: KerasValues, value: Any) -> ReadConstant:
    """Return an argument as a constant, which learns where it is a weight that does."""
    if isinstance(value, keras.Variable):
        return values.weight(value)
    return ReadConstant(constant(value))


def clipped(values: KerasValues, op: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> ReadValue:
    """Return what ops.clip, or ops.maximum and ops.minimum with a number, make."""
    name = type(op).__name__
    if name == "Clip":
        value, bounds = args[0], (float(op.x_min), float(op.x_max))
    else:
        value, number = args if isinstance(args[0], ReadValue) else args[::-1]
        array = constant(number)
        if array.size != 1:
            raise NoLayerError(f"it cuts at an array of shape {array.shape}, not at a number")
        bounds = (array.item(), math.inf) if name == "Maximum" else (-math.inf, array.item())
    return values.clipped(value, *bounds)


def matrix_product(values: KerasValues, op: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> ReadValue:
    """Return a value times a matrix, a constant or a weight of the model's own."""
    if not isinstance(args[0], ReadValue) or isinstance(args[1], ReadValue):
        raise NoLayerError("a product of two values, or by a matrix from the left")
    return values.matrix_product(args[0], learned_or_constant(values, args[1]))


def part_of(values: KerasValues, op: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> ReadValue:
    """Return a part of each sample: x[:, 1:3, ..., 0]."""
    value, key = args[0], args[1] if len(args) > 1 else kwargs["key"]
    key = key if isinstance(key, tuple) else (key,)
    missing = len(value.shape) + 1 - sum(each is not None and each is not Ellipsis for each in key)
    if Ellipsis in key:
        place = key.index(Ellipsis)
        key = (*key[:place], *[slice(None)] * missing, *key[place + 1 :])
    samples, *of_axes = key
    if samples != slice(None) or not all(isinstance(each, (int, slice)) or each is None for each in of_axes):
        raise NoLayerError(f"parts of samples are taken by numbers and slices; got {key}")
    shape: list[int] = []
    axis = 0
    for each in of_axes:
        if each is None:
            shape.append(1)
            continue
        size = value.shape[axis]
        part = slice(each % size, each % size + 1) if isinstance(each, int) else each
        value = values.sliced(value, axis, *part.indices(size))
        shape += [] if isinstance(each, int) else [value.shape[axis]]
        axis += 1
    shape += value.shape[axis:]
    return values.reshaped(value, tuple(shape))
