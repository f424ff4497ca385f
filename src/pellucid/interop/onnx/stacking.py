"""Values stacked in front of their samples, (K, N, ...), only to be added up or averaged: an ensemble's scores."""

import numpy as np

from pellucid.interop.constants import NoLayerError, ReadConstant
from pellucid.interop.onnx.placed import OnnxValues, PlacedNode
from pellucid.interop.values import ReadValue

__all__ = ["stacked"]


def stacked(values: OnnxValues, placed: PlacedNode, output: str) -> ReadValue | None:
    """Return what a node makes that stacks values, or reads stacked ones; None for any other node."""
    node = placed.node
    if node.operator == "Unsqueeze" and _in_front(placed):
        values.stacks[output] = [placed.value]
        return placed.value
    if not any(name in values.stacks for name in node.variables):
        return None
    parts = [part for name in node.variables for part in values.stacks.get(name, [])]
    whole = len(node.variables) == len(placed.inputs) and all(name in values.stacks for name in node.variables)
    if node.operator == "Concat" and int(node.get("axis", 0)) % len(placed.before) == 0 and whole:
        values.stacks[output] = parts
        return parts[0]
    axes = node.get("axes", node.array(1))
    over_stack = axes is not None and [int(axis) % len(placed.before) for axis in axes] == [0]
    if node.operator not in ("ReduceMean", "ReduceSum") or not over_stack or node.get("keepdims", 1):
        raise NoLayerError("it reads values that are stacked in front of the samples, which only sums and means can")
    total = parts[0]
    for part in parts[1:]:
        total = values.added(total, part)
    if node.operator == "ReduceSum":
        return total
    numbers = [ReadConstant(np.array(number, np.float32)) for number in (1 / len(parts), 0)]
    return values.arithmetic(total, *numbers)


def _in_front(placed: PlacedNode) -> bool:
    axes = placed.node.get("axes", placed.node.array(1))
    return axes is not None and [int(axis) % len(placed.shape) for axis in axes] == [0]
