"""Operators that are no layer of their own: shapes, sums, products, means, arithmetic with constants."""

from collections.abc import Callable, Mapping

import numpy as np

from pellucid.interop.constants import NoLayerError, ReadConstant
from pellucid.interop.onnx.curves import CURVES, gated
from pellucid.interop.onnx.moving import MOVING
from pellucid.interop.onnx.placed import IMAGE, OnnxValues, PlacedNode
from pellucid.interop.onnx.reducing import REDUCING
from pellucid.interop.values import ReadValue
from pellucid.nets import GroupNorm
from pellucid.shapes import Array

__all__ = ["ARITHMETIC", "OPERATORS", "applied"]

FLOATS = {1: "float32", 11: "float64"}  # by ONNX's number of the type


def applied(operator: str, constant: Array, *, first: bool) -> tuple[Array, Array]:
    """Return (scale, shift) of arithmetic with a constant: scale * x + shift. `first`: the constant stands first."""
    one, zero = np.ones((), constant.dtype), np.zeros((), constant.dtype)
    if operator == "Add":
        return one, constant
    if operator == "Sub":
        return (-one, constant) if first else (one, -constant)
    if operator == "Mul":
        return constant, zero
    if first:
        raise NoLayerError("a division by a value")
    with np.errstate(divide="ignore"):
        return one / constant, zero


def _arithmetic(values: OnnxValues, placed: PlacedNode) -> ReadValue:
    operator, (left, right) = placed.node.operator, placed.inputs[:2]
    if left is not None and right is not None:
        return _of_two(values, operator, left, right)
    first = left is None
    constant = placed.constant(0 if first else 1)
    assert constant is not None
    scale, shift = applied(operator, constant, first=first)
    return values.arithmetic(placed.value, ReadConstant(scale, scale.size > 1), ReadConstant(shift, shift.size > 1))


def _of_two(values: OnnxValues, operator: str, left: ReadValue, right: ReadValue) -> ReadValue:
    if operator == "Div":
        raise NoLayerError("a division by a value")
    if operator == "Mul":
        return gated(values, left, right) or values.multiplied(left, right)
    if operator == "Sub":
        right = values.arithmetic(right, ReadConstant(np.array(-1.0)), ReadConstant(np.array(0.0)))
    return values.added(left, right)


def _grouped(values: OnnxValues, placed: PlacedNode) -> ReadValue | None:
    """Return group normalization, which is written as instance normalization of groups laid out as rows; None for others."""
    value, (scale, shift) = placed.value, (placed.constant(place) for place in (1, 2))
    image, groups = value.node.shape, value.shape[0]
    if value.shape == image or value.order:
        return None
    if scale is None or shift is None or (scale != 1).any() or (shift != 0).any():
        raise NoLayerError("it normalizes parts of a sample, and scales each")
    if len(image) != IMAGE or image[0] % groups or not value.is_plain:
        raise NoLayerError("it normalizes parts of a sample that are no groups of channels")
    made = values.unlearned(GroupNorm(groups, placed.node.get("epsilon", 1e-5)), ReadValue(value.node, image))
    return ReadValue(made.node, value.shape)


def _negative(values: OnnxValues, placed: PlacedNode) -> ReadValue:
    return values.arithmetic(placed.value, ReadConstant(np.array(-1.0)), ReadConstant(np.array(0.0)))


def _power(values: OnnxValues, placed: PlacedNode) -> ReadValue:
    exponent = placed.constant(1)
    if exponent is None or exponent.size != 1 or float(exponent.reshape(())) != 2:
        raise NoLayerError("a power other than the square")
    return values.multiplied(placed.value, placed.value)


def _reshape(values: OnnxValues, placed: PlacedNode) -> ReadValue:
    if not placed.shape or placed.shape[0] != placed.before[0]:
        raise NoLayerError(f"it makes {placed.shape} of a batch of {placed.before}, which mixes samples")
    return values.reshaped(placed.value, placed.shape[1:])


def _same(values: OnnxValues, placed: PlacedNode) -> ReadValue:
    return placed.value


def _expanded(values: OnnxValues, placed: PlacedNode) -> ReadValue:
    return values.expanded(placed.value, placed.shape[1:])


def _hosted(values: OnnxValues, host: ReadValue, constant: Array | None) -> ReadValue:
    """Return a constant, the same for each sample, as a value: a part of another times 0, plus the constant."""
    if constant is None or constant.ndim != len(host.shape) + 1:
        raise NoLayerError("it joins a value and a constant of other axes")
    sizes = constant.shape[1:]
    if any(size > own for size, own in zip(sizes, host.shape, strict=True)) or (constant != constant[:1]).any():
        raise NoLayerError("it joins a value and a constant that is larger, or differs from sample to sample")
    for axis, size in enumerate(sizes):
        host = values.sliced(host, axis, 0, size)
    return values.arithmetic(host, ReadConstant(np.zeros((), constant.dtype)), ReadConstant(constant[:1], True))


def _concatenate(values: OnnxValues, placed: PlacedNode) -> ReadValue:
    axis = int(placed.node.get("axis", 1)) % len(placed.shape)
    if axis == 0:
        raise NoLayerError("it joins samples")
    constants = [placed.constant(place) for place in range(len(placed.inputs))]
    pairs = zip(placed.inputs, constants, strict=True)
    parts = [_hosted(values, placed.value, array) if value is None else value for value, array in pairs]
    return values.concatenated(parts, axis - 1)


def _sum(values: OnnxValues, placed: PlacedNode) -> ReadValue:
    """Return the sum of any number of values."""
    parts = [value for value in placed.inputs if value is not None]
    if len(parts) < len(placed.inputs):
        raise NoLayerError("it adds a value and a constant")
    total = parts[0]
    for part in parts[1:]:
        total = values.added(total, part)
    return total


def _cast(values: OnnxValues, placed: PlacedNode) -> ReadValue:
    """Return the value as it is, where the numbers stay floats."""
    to = placed.node.get("to", 0)
    if to not in FLOATS and to not in ("FLOAT", "DOUBLE"):
        raise NoLayerError(f"it changes numbers to others than floats (type {to})")
    return placed.value


ARITHMETIC = ("Add", "Sub", "Mul", "Div")
OPERATORS: Mapping[str, Callable[[OnnxValues, PlacedNode], ReadValue | None]] = {  # None: a layer computes it
    **dict.fromkeys(ARITHMETIC, _arithmetic),
    **dict.fromkeys(("Reshape", "Flatten", "Squeeze", "Unsqueeze"), _reshape),
    **dict.fromkeys(("Identity", "Dropout"), _same),
    "Expand": _expanded,
    **REDUCING,
    **CURVES,
    **MOVING,
    "Neg": _negative,
    "Sum": _sum,
    "Cast": _cast,
    "InstanceNormalization": _grouped,
    "Pow": _power,
    "Concat": _concatenate,
    "Greater": _same,  # of a softplus, which only a choice reads
}
