"""Sigmoid: `nn.Sigmoid` in PyTorch, `Sigmoid` in ONNX."""

from typing import Any

from pellucid.interop.bridge import Bridge, PlacedLayer
from pellucid.interop.keras_layers import activation
from pellucid.interop.onnx_graph import OnnxGraph, OnnxNode, Read
from pellucid.nets import Sigmoid

__all__ = ["BRIDGE"]


def to_torch(layer: PlacedLayer) -> Any:
    """Return the module."""
    from torch import nn

    return nn.Sigmoid()


def from_torch(name: str, module: Any) -> Sigmoid:
    """Return the description."""
    return Sigmoid()


def to_onnx(graph: OnnxGraph, layer: PlacedLayer, inputs: list[str]) -> str:
    """Append the node."""
    return graph.node("Sigmoid", inputs, layer.name)


def from_onnx(node: OnnxNode) -> Read:
    """Return the layer."""
    return Read(Sigmoid())


BRIDGE = Bridge(
    to_torch=to_torch,
    from_torch={"torch.nn.Sigmoid": from_torch},
    to_onnx=to_onnx,
    from_onnx={"Sigmoid": from_onnx},
    description=Sigmoid,
    kinds=("sigmoid",),
    keras=activation("sigmoid", Sigmoid),
)
