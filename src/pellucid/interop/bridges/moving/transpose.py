"""Transpose: `permute` in a module of ours in PyTorch, `Transpose` in ONNX."""

from typing import Any

from pellucid.interop.bridge import Bridge, NoCounterpart, PlacedLayer
from pellucid.interop.onnx_graph import OnnxGraph
from pellucid.nets import Transpose

__all__ = ["BRIDGE"]


def to_torch(layer: PlacedLayer) -> Any:
    """Return the module."""
    from pellucid.interop.torch_modules import TransposeModule

    return TransposeModule(layer.options["order"])


def from_torch(name: str, module: Any) -> Transpose:
    """Return the description of our own module."""
    return Transpose(tuple(axis - 1 for axis in module.axes[1:]))


def to_onnx(graph: OnnxGraph, layer: PlacedLayer, inputs: list[str]) -> str:
    """Append the node."""
    return graph.node("Transpose", inputs, layer.name, perm=[0, *(axis + 1 for axis in layer.options["order"])])


BRIDGE = Bridge(
    to_torch=to_torch,
    from_torch={"pellucid.interop.torch_modules.TransposeModule": from_torch},
    to_onnx=to_onnx,
    from_onnx=NoCounterpart("the reader of graphs follows the order of axes, and transposes where a layer needs it"),
    description=Transpose,
    kinds=("transpose",),
)
