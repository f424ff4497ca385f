"""Add: the sum of two values, a module of ours in PyTorch, `Add` in ONNX."""

from typing import Any

from pellucid.interop.bridge import Bridge, NoCounterpart, PlacedLayer
from pellucid.interop.onnx_graph import OnnxGraph
from pellucid.nets import Add

__all__ = ["BRIDGE"]


def to_torch(layer: PlacedLayer) -> Any:
    """Return the module, which takes two tensors."""
    from pellucid.interop.torch_modules import Sum

    return Sum()


def to_onnx(graph: OnnxGraph, layer: PlacedLayer, inputs: list[str]) -> str:
    """Append the node."""
    return graph.node("Add", inputs, layer.name)


BRIDGE = Bridge(
    to_torch=to_torch,
    from_torch=NoCounterpart("sums are read from the calls of a module"),
    to_onnx=to_onnx,
    from_onnx=NoCounterpart("the reader of graphs reads an Add of two values"),
    description=Add,
    kinds=("add",),
    keras=NoCounterpart(
        "networks are written and read with its values joined, and in other shapes, by `interop.keras`"
    ),
)
