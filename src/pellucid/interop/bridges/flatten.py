"""Flatten: `nn.Flatten` in PyTorch, `Flatten` in ONNX."""

from typing import Any

from pellucid.interop.bridge import Bridge, NoCounterpart, PlacedLayer, refused
from pellucid.interop.onnx_graph import OnnxGraph
from pellucid.nets import Flatten

__all__ = ["BRIDGE"]


def to_torch(layer: PlacedLayer) -> Any:
    """Return the module."""
    from torch import nn

    return nn.Flatten()


def from_torch(name: str, module: Any) -> Flatten:
    """Return the description."""
    if module.start_dim != 1 or module.end_dim != -1:
        raise refused(name, "flattening of some axes")
    return Flatten()


def to_onnx(graph: OnnxGraph, layer: PlacedLayer, inputs: list[str]) -> str:
    """Append the node."""
    return graph.node("Flatten", inputs, layer.name, axis=1)


BRIDGE = Bridge(
    to_torch=to_torch,
    from_torch={"torch.nn.Flatten": from_torch},
    to_onnx=to_onnx,
    from_onnx=NoCounterpart("the reader of graphs follows shapes, and appends a layer where one needs it"),
    description=Flatten,
    kinds=("flatten",),
    keras=NoCounterpart(
        "networks are written and read with its values joined, and in other shapes, by `interop.keras`"
    ),
)
