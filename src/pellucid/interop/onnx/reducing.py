"""Means, sums and maxima over axes of a sample, and the matrices that average rows or columns."""

import math

import numpy as np

from pellucid.interop.constants import ReadConstant
from pellucid.interop.onnx.placed import IMAGE, OnnxValues, PlacedNode
from pellucid.interop.values import ReadValue
from pellucid.layers.resizing.adaptive_avgpool import averaging
from pellucid.nets import AdaptiveAvgPool, MaxPool

__all__ = ["REDUCING"]


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


def _total(values: OnnxValues, placed: PlacedNode) -> ReadValue:
    """Return a sum over axes: the mean, times their size."""
    axes = _reduced_axes(placed)
    size = math.prod(placed.before[axis + 1] for axis in axes)
    mean = values.averaged(placed.value, axes, placed.shape[1:])
    kind = np.float32
    return values.arithmetic(mean, ReadConstant(np.array(size, kind)), ReadConstant(np.array(0, kind)))


def _maximum(values: OnnxValues, placed: PlacedNode) -> ReadValue:
    return values.reduced(placed.value, _reduced_axes(placed), placed.shape[1:], None, MaxPool)


def _averaged_by(values: OnnxValues, placed: PlacedNode) -> ReadValue | None:
    """Return adaptive average pooling, which is written as products with matrices that average; None for other products."""
    value, (down, across) = placed.value, [placed.constant(place) for place in (0, 1)]
    if len(value.shape) != IMAGE or not value.is_plain:
        return None
    axis, matrix = (1, None if across is None else across.T) if down is None else (0, down)
    length = value.shape[1 + axis]
    if matrix is None or matrix.ndim != 2 or matrix.shape[1] != length:
        return None
    if not np.allclose(matrix, averaging(length, matrix.shape[0], matrix.dtype)):
        return None
    size = list(value.shape[1:])
    size[axis] = matrix.shape[0]
    source = value
    if isinstance(value.node.layer, AdaptiveAvgPool) and value.node.inputs[0].shape[1 + axis] == length:
        source = ReadValue(value.node.inputs[0], value.node.inputs[0].shape)  # the other axis was averaged just before
    return values.layer(AdaptiveAvgPool((size[0], size[1])), source)


REDUCING = {
    **dict.fromkeys(("ReduceMean", "GlobalAveragePool"), _mean),
    **dict.fromkeys(("ReduceMax", "GlobalMaxPool"), _maximum),
    "ReduceSum": _total,
    "MatMul": _averaged_by,
}
