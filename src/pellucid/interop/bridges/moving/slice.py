"""Slice: an index in a module of ours in PyTorch, `Slice` in ONNX."""

from typing import Any

import numpy as np

from pellucid.interop.bridge import Bridge, PlacedLayer
from pellucid.interop.onnx_graph import OnnxGraph, OnnxNode, Read
from pellucid.nets import Slice

__all__ = ["BRIDGE", "append_slice"]


def to_torch(layer: PlacedLayer) -> Any:
    """Return the module."""
    from pellucid.interop.torch_modules import SliceModule

    return SliceModule(*(layer.options[name] for name in ("axis", "start", "stop", "step")))


def from_torch(name: str, module: Any) -> Slice:
    """Return the description of our own module."""
    return Slice(module.axis, module.start, module.stop, module.step)


def to_onnx(graph: OnnxGraph, layer: PlacedLayer, inputs: list[str]) -> str:
    """Append the node."""
    axis, start, stop, step = (layer.options[name] for name in ("axis", "start", "stop", "step"))
    return append_slice(graph, layer.name, inputs, axis + 1, start, stop, step)


def append_slice(
    graph: OnnxGraph, name: str, inputs: list[str], axis: int, start: int, stop: int, step: int = 1
) -> str:
    """Append a node that reads a part of one axis of a batch; return its output's name."""
    settings = {"start": start, "stop": stop, "axis": axis, "step": step}
    constants = [graph.constant(f"{name}.{key}", np.array([value], np.int64)) for key, value in settings.items()]
    return graph.node("Slice", [*inputs, *constants], name)


def from_onnx(node: OnnxNode) -> Read:
    """Return the layer of a part of one axis."""
    starts, ends = (node.get(name, node.array(place)) for place, name in ((1, "starts"), (2, "ends")))
    if starts is None or ends is None:
        raise node.refused("where it begins and ends must be constants")
    axes, steps = node.get("axes", node.array(3)), node.array(4)
    places = range(len(starts)) if axes is None else [int(axis) % len(node.shape) for axis in axes]
    parts = list(zip(places, starts, ends, [1] * len(starts) if steps is None else steps, strict=True))
    parts = [(axis, *part) for axis, *part in parts if not _is_whole(part, node.shape[axis])]
    if not parts:
        return Read()
    axis, start, end, step = (int(value) for value in parts[0])
    if len(parts) > 1 or axis == 0 or step < 1:
        raise node.refused("it must read a part of one axis of a sample, forward")
    size = node.shape[axis]
    return Read(Slice(axis - 1, max(start, -size), None if end >= size else end, step))


def _is_whole(part: list[Any], size: int) -> bool:
    return bool(part[0] == 0 and part[1] >= (size or 1) and part[2] == 1)


BRIDGE = Bridge(
    to_torch=to_torch,
    from_torch={"pellucid.interop.torch_modules.SliceModule": from_torch},
    to_onnx=to_onnx,
    from_onnx={"Slice": from_onnx},
    description=Slice,
    kinds=("slice",),
)
