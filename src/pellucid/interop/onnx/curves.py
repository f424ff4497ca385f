"""Functions of single numbers that are no layer as they stand, put together from those that are."""

from typing import Any

import numpy as np

from pellucid.interop.bridges.activations.clip import clipping
from pellucid.interop.constants import NoLayerError, ReadConstant
from pellucid.interop.onnx.placed import OnnxValues, PlacedNode
from pellucid.interop.values import ReadValue, no_arrays
from pellucid.layers.activations.selu import SELU_ALPHA, SELU_SCALE
from pellucid.nets import ELU, Description, HardSigmoid, HardSwish, Mish, ReLU, Sigmoid, SiLU, Softplus, Tanh

__all__ = ["CURVES", "gated"]


def _curve(values: OnnxValues, layer: Description, value: ReadValue) -> ReadValue:
    """Return what an activation makes of every number, wherever it lies."""
    node = values.assembly.call(layer, [value.node], no_arrays)
    return ReadValue(node, value.shape, value.order, value.places)


def _moved(values: OnnxValues, value: ReadValue, scale: float, shift: float) -> ReadValue:
    """Return scale * value + shift."""
    numbers = [ReadConstant(np.array(number, np.float32)) for number in (scale, shift)]
    return values.arithmetic(value, *numbers)


def _cut(values: OnnxValues, value: ReadValue, low: float, high: float) -> ReadValue:
    """Return the numbers, those below `low` or above `high` at that end."""
    layer = clipping(low, high)
    return value if layer is None else _curve(values, layer, value)


def _number(array: Any, default: float) -> float:
    if array is None:
        return default
    if np.size(array) != 1:
        raise NoLayerError(f"it cuts at an array of shape {np.shape(array)}, not at a number")
    return float(np.reshape(array, ()))


def _clip(values: OnnxValues, placed: PlacedNode) -> ReadValue:
    """Return a Clip, whose ends were attributes before they were inputs."""
    node, ends = placed.node, []
    for place, name, default in ((1, "min", -np.inf), (2, "max", np.inf)):
        if placed.constant(place) is None and place < len(placed.inputs) and placed.inputs[place] is not None:
            raise NoLayerError("it cuts at numbers that are computed")
        ends.append(_number(node.get(name, placed.constant(place)), default))
    return _cut(values, placed.value, *ends)


def _extreme(values: OnnxValues, placed: PlacedNode) -> ReadValue:
    """Return the larger or the smaller of a value and a number."""
    constants = [placed.constant(place) for place in range(len(placed.inputs))]
    numbers = [_number(constant, 0.0) for constant in constants if constant is not None]
    if len(numbers) != len(constants) - 1 or not numbers:
        raise NoLayerError("the larger or the smaller of two values")
    if placed.node.operator == "Max":
        return _cut(values, placed.value, max(numbers), np.inf)
    return _cut(values, placed.value, -np.inf, min(numbers))


def _absolute(values: OnnxValues, placed: PlacedNode) -> ReadValue:
    """Return |x| = max(x, 0) + max(-x, 0)."""
    value = placed.value
    below = _curve(values, ReLU(), _moved(values, value, -1, 0))
    return values.added(_curve(values, ReLU(), value), below)


def _hard_sigmoid(values: OnnxValues, placed: PlacedNode) -> ReadValue:
    """Return max(0, min(1, alpha * x + beta)), by the layer whose alpha is 1/6 and whose beta is 1/2."""
    alpha, beta = placed.node.get("alpha", 0.2), placed.node.get("beta", 0.5)
    value = placed.value
    if not np.allclose((alpha, beta), (1 / 6, 0.5), rtol=0, atol=1e-6):
        value = _moved(values, value, 6 * alpha, 6 * beta - 3)
    return _curve(values, HardSigmoid(), value)


def _selu(values: OnnxValues, placed: PlacedNode) -> ReadValue | None:
    """Return gamma times an ELU; None for the published numbers, which are a layer's."""
    found = placed.node.get("alpha", SELU_ALPHA), placed.node.get("gamma", SELU_SCALE)
    if np.allclose(found, (SELU_ALPHA, SELU_SCALE), rtol=0, atol=1e-6):
        return None
    return _moved(values, _curve(values, ELU(found[0]), placed.value), found[1], 0)


def gated(values: OnnxValues, left: ReadValue, right: ReadValue) -> ReadValue | None:
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


def _where(values: OnnxValues, placed: PlacedNode) -> ReadValue:
    """Return a softplus that is written as x where x is large."""
    _, x, y = placed.inputs
    if x is not None and y is not None and isinstance(y.node.layer, Softplus) and y.node.inputs[0] is x.node:
        return y
    raise NoLayerError("a choice between values")


CURVES = {
    "Clip": _clip,
    "Max": _extreme,
    "Min": _extreme,
    "Abs": _absolute,
    "HardSigmoid": _hard_sigmoid,
    "Selu": _selu,
    "Where": _where,
}
