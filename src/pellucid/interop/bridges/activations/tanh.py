"""Tanh: `nn.Tanh` in PyTorch, `Tanh` in ONNX."""

from typing import Any

from pellucid.interop.bridge import Bridge, PlacedLayer
from pellucid.interop.keras_layers import activation
from pellucid.interop.onnx_graph import OnnxGraph, OnnxNode, Read
from pellucid.nets import Tanh

__all__ = ["BRIDGE"]


def to_torch(layer: PlacedLayer) -> Any:
    """Return the module."""
    from torch import nn

    return nn.Tanh()


def from_torch(name: str, module: Any) -> Tanh:
    """Return the description."""
    return Tanh()


def to_onnx(graph: OnnxGraph, layer: PlacedLayer, inputs: list[str]) -> str:
    """Append the node."""
    return graph.node("Tanh", inputs, layer.name)


def from_onnx(node: OnnxNode) -> Read:
    """Return the layer."""
    return Read(Tanh())


BRIDGE = Bridge(
    to_torch=to_torch,
    from_torch={"torch.nn.Tanh": from_torch},
    to_onnx=to_onnx,
    from_onnx={"Tanh": from_onnx},
    description=Tanh,
    kinds=("tanh",),
    keras=activation("tanh", Tanh),
)
