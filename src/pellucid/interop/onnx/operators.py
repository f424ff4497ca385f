"""Operators that are no layer of their own: shapes, sums, products, means, arithmetic with constants."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pellucid.interop.assembly import Assembly, Filled
from pellucid.interop.onnx_graph import OnnxNode
from pellucid.interop.values import NoLayerError, ReadConstant, ReadValue, Values
from pellucid.nets import GroupNorm, HardSigmoid, HardSwish, MaxPool, Mish, Operation, Sigmoid, SiLU, Softplus, Tanh
from pellucid.shapes import Array

__all__ = ["ARITHMETIC", "OPERATORS", "OnnxValues", "PlacedNode", "applied", "grouped"]


@dataclass(frozen=True)
class PlacedNode:
    """A node with what it reads, and the shape that it makes."""

    node: OnnxNode
    inputs: Sequence[ReadValue | None]  # by place; None for a constant
    before: tuple[int, ...]  # (N, ...) of the first value that is not constant
    shape: tuple[int, ...]  # (N, ...) of its output

    @property
    def value(self) -> ReadValue:
        """The first value that is not constant."""
        return next(value for value in self.inputs if value is not None)

    def constant(self, place: int) -> Array | None:
        """Return the constant at a place; None where there is a value, or nothing."""
        return self.node.array(place)


class OnnxValues(Values):
    """The values known so far, by name."""

    def __init__(self, assembly: Assembly) -> None:
        super().__init__(assembly)
        self.known: dict[str, ReadValue] = {}


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
        return _gated(values, left, right) or values.multiplied(left, right)
    if operator == "Sub":
        right = values.arithmetic(right, ReadConstant(np.array(-1.0)), ReadConstant(np.array(0.0)))
    return values.added(left, right)


def _gated(values: OnnxValues, left: ReadValue, right: ReadValue) -> ReadValue | None:
    """Return a value times a function of itself as the layer that it is: SiLU, HardSwish, Mish; None for any other product."""
    for value, gate in ((left, right), (right, left)):
        maker = gate.node
        if maker.layer is None or not value.is_plain or not gate.is_plain:
            continue
        inner = maker.inputs[0]
        if isinstance(maker.layer, Sigmoid) and inner is value.node:
            return values.layer(SiLU(), value)
        if isinstance(maker.layer, HardSigmoid) and inner is value.node:
            return values.layer(HardSwish(), value)
        if isinstance(maker.layer, Tanh) and isinstance(inner.layer, Softplus) and inner.inputs[0] is value.node:
            return values.layer(Mish(), value)
    return None


def grouped(values: OnnxValues, placed: PlacedNode) -> ReadValue | None:
    """Return group normalization, which is written as instance normalization of groups laid out as rows; None for images."""
    value, (scale, shift) = placed.value, (placed.constant(place) for place in (1, 2))
    image, groups = value.node.shape, value.shape[0]
    if len(value.shape) == 3 and value.shape == image:
        return None
    if scale is None or shift is None or (scale != 1).any() or (shift != 0).any():
        raise NoLayerError("it normalizes parts of a sample, and scales each")
    if len(image) != 3 or image[0] % groups or not value.is_plain:
        raise NoLayerError("it normalizes parts of a sample that are no groups of channels")
    arrays: dict[str, Filled] = {}

    def filled(operation: Operation) -> dict[str, Filled]:
        names = {name: name.removeprefix(f"{operation.home}.") for name in operation.params}
        return {name: arrays.get(own, Filled(None, learns=False)) for name, own in names.items()}

    node = values.assembly.call(GroupNorm(groups, placed.node.get("epsilon", 1e-5)), [value.node], filled)
    values.unscaled[node] = arrays
    return ReadValue(node, value.shape)


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


def _transpose(values: OnnxValues, placed: PlacedNode) -> ReadValue:
    order = list(placed.node.get("perm", range(len(placed.before))[::-1]))
    if order[0] != 0:
        raise NoLayerError("it moves the axis of samples")
    return values.transposed(placed.value, [axis - 1 for axis in order[1:]])


def _where(values: OnnxValues, placed: PlacedNode) -> ReadValue:
    """Return a softplus that is written as x where x is large."""
    _, x, y = placed.inputs
    if x is not None and y is not None and isinstance(y.node.layer, Softplus) and y.node.inputs[0] is x.node:
        return y
    raise NoLayerError("a choice between values")


def _concatenate(values: OnnxValues, placed: PlacedNode) -> ReadValue:
    parts = [value for value in placed.inputs if value is not None]
    axis = int(placed.node.get("axis", 1)) % len(placed.shape)
    if axis == 0:
        raise NoLayerError("it joins samples")
    if len(parts) < len(placed.inputs):
        raise NoLayerError("it joins a value and a constant")
    return values.concatenated(parts, axis - 1)


def _reduced_axes(placed: PlacedNode) -> list[int]:
    """Return the axes of a sample that a node is taken over; they were an attribute before they were an input."""
    constant = placed.constant(1)
    axes = placed.node.get("axes", None) if constant is None else constant.tolist()
    rank = len(placed.before)
    if axes is None:
        axes = range(2, rank) if placed.node.operator.startswith("Global") else range(rank)
    return [int(axis) % rank - 1 for axis in axes]


def _mean(values: OnnxValues, placed: PlacedNode) -> ReadValue:
    return values.averaged(placed.value, _reduced_axes(placed), placed.shape[1:])


def _maximum(values: OnnxValues, placed: PlacedNode) -> ReadValue:
    return values.reduced(placed.value, _reduced_axes(placed), placed.shape[1:], None, MaxPool)


ARITHMETIC = ("Add", "Sub", "Mul", "Div")
OPERATORS: Mapping[str, Callable[[OnnxValues, PlacedNode], ReadValue]] = {
    **dict.fromkeys(ARITHMETIC, _arithmetic),
    **dict.fromkeys(("Reshape", "Flatten", "Squeeze", "Unsqueeze"), _reshape),
    **dict.fromkeys(("Identity", "Dropout", "Expand"), _same),
    **dict.fromkeys(("ReduceMean", "GlobalAveragePool"), _mean),
    **dict.fromkeys(("ReduceMax", "GlobalMaxPool"), _maximum),
    "Neg": _negative,
    "Pow": _power,
    "Transpose": _transpose,
    "Concat": _concatenate,
    "Greater": _same,  # of a softplus, which only a choice reads
    "Where": _where,
}
