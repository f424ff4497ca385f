"""How a model's input becomes the network's: preprocessing, and axes in another order, stand in front of the network."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import onnx

from pellucid.interop.constants import NoLayerError
from pellucid.interop.onnx.operators import ARITHMETIC, applied
from pellucid.interop.onnx.running import Observed
from pellucid.shapes import Array

__all__ = ["ReadInput", "entry_of"]


@dataclass
class ReadInput:
    """One input: (x - shift) / scale, then its axes in this order, is what the network reads."""

    begins: str  # the value that the network reads
    shape: tuple[int, ...]  # of one sample of it
    shift: Any = None
    scale: Any = None
    order: tuple[int, ...] = ()  # of a sample's axes; (): as they are
    passed: set[str] = field(default_factory=set)  # what the nodes in front make


def entry_of(
    name: str, shape: tuple[int, ...], nodes: Sequence[onnx.NodeProto], observed: Observed, alone: bool
) -> ReadInput:
    """Return the input called `name`. Where it is not `alone`, arithmetic with constants stays in the network."""
    entry = ReadInput(name, shape)
    while True:
        readers = [node for node in nodes if entry.begins in node.input]
        if len(readers) != 1 or readers[0].output[0] not in {name for node in nodes for name in node.input}:
            return entry
        node = readers[0]
        if not alone or not _step(entry, node, observed.constants):
            return entry
        entry.begins = node.output[0]
        entry.passed.add(entry.begins)


def _step(entry: ReadInput, node: onnx.NodeProto, constants: Mapping[str, Array]) -> bool:
    """Take one node into the entry; return whether it belongs there."""
    if node.op_type in ("Identity", "Cast"):
        return node.op_type == "Identity" or any(a.name == "to" and a.i in (1, 11) for a in node.attribute)
    if node.op_type == "Transpose":
        perm = next((list(a.ints) for a in node.attribute if a.name == "perm"), [])
        if not perm or perm[0] != 0:
            return False
        order = [axis - 1 for axis in perm[1:]]
        entry.shape = tuple(entry.shape[axis] for axis in order)
        entry.order = tuple(entry.order[axis] for axis in order) if entry.order else tuple(order)
        return True
    if node.op_type not in ARITHMETIC or len(node.input) != 2:
        return False
    first = node.input[0] != entry.begins
    constant = constants.get(node.input[0 if first else 1])
    if constant is None or node.input[0] == node.input[1]:
        return False
    return _take(entry, node.op_type, constant, first)


def _take(entry: ReadInput, operator: str, constant: Array, first: bool) -> bool:
    try:
        applied(operator, constant, first=first)
    except NoLayerError:
        return False
    if first and operator == "Sub":
        return False
    if constant.ndim > len(entry.shape) + 1 or any(size == 0 for size in constant.shape):
        return False
    if entry.order:  # as the input's axes stand
        constant = constant.reshape((1,) * (len(entry.shape) + 1 - constant.ndim) + constant.shape)
        constant = constant.transpose(0, *(place + 1 for place in np.argsort(entry.order)))
    before = 0.0 if entry.shift is None else entry.shift
    unit = 1.0 if entry.scale is None else entry.scale
    with np.errstate(divide="ignore", invalid="ignore"):
        if operator in ("Sub", "Add"):
            entry.shift = before + (constant if operator == "Sub" else -constant) * unit
        else:
            entry.scale = unit * (constant if operator == "Div" else 1 / constant)
    return True
