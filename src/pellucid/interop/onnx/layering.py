"""What reads a node as a layer, and what fills the layer's arrays."""

from collections.abc import Callable, Mapping, Sequence

import onnx

from pellucid.interop.assembly import Filled
from pellucid.interop.bridge import Bridge, NoCounterpart
from pellucid.interop.constants import ordered
from pellucid.interop.onnx_graph import OnnxNode, Read
from pellucid.nets import Operation
from pellucid.shapes import Array

__all__ = ["filling", "is_along", "operator_of", "readers_of", "stripped"]


def filling(node: OnnxNode, read: Read, places: tuple[int, ...]) -> Callable[[Operation], Mapping[str, Filled]]:
    """Return what fills an operation with the arrays that a bridge read."""

    def filled(operation: Operation) -> dict[str, Filled]:
        names = operation.params + operation.state
        if read.kind and operation.kind != read.kind:
            raise node.refused(f"{operation.name} would be computed as {operation.kind}, not as {read.kind}")
        if len(read.arrays) != len(names):
            needs = ", ".join(names) or "none"
            raise node.refused(f"{operation.name} needs {needs}; its bridge read {len(read.arrays)} arrays")
        arrays: list[Array | None] = list(read.arrays)
        if places and arrays[0] is not None:
            arrays[0] = ordered(arrays[0], places)
        return {name: Filled(array) for name, array in zip(names, arrays, strict=True)}

    return filled


def operator_of(made: onnx.NodeProto, constants: Sequence[Array | None]) -> str:
    """Return the name that bridges know an operator by: a convolution of sequences has one of its own."""
    weight = constants[1] if made.op_type == "Conv" else None
    return "Conv1d" if weight is not None and weight.ndim == 3 else str(made.op_type)


def is_along(array: Array, axis: int, size: int, rank: int) -> bool:
    """Whether an array has `size` numbers along one axis of a value of `rank` axes, and is the same along all others."""
    sizes = (1,) * (rank - array.ndim) + array.shape
    return len(sizes) == rank and array.size == size and sizes[axis] == size


def stripped(shape: Sequence[int]) -> tuple[int, ...]:
    """Return a shape without the axes of size 1 at its end, except the first."""
    kept = list(shape)
    while len(kept) > 1 and kept[-1] == 1:
        kept.pop()
    return tuple(kept)


def readers_of(bridges: Sequence[Bridge]) -> dict[str, Callable[[OnnxNode], Read]]:
    """Return what reads each operator, by the bridges."""
    readers: dict[str, Callable[[OnnxNode], Read]] = {}
    for bridge in bridges:
        if not isinstance(bridge.from_onnx, NoCounterpart):
            readers |= bridge.from_onnx
    return readers
