"""Mish: `nn.Mish` in PyTorch, `Mish` in ONNX."""

from typing import Any

from pellucid.interop.bridge import Bridge, PlacedLayer
from pellucid.interop.keras_layers import activation
from pellucid.interop.onnx_graph import OnnxGraph, OnnxNode, Read
from pellucid.nets import Mish

__all__ = ["BRIDGE"]


def to_torch(layer: PlacedLayer) -> Any:
    """Return the module."""
    from torch import nn

    return nn.Mish()


def from_torch(name: str, module: Any) -> Mish:
    """Return the description."""
    return Mish()


def to_onnx(graph: OnnxGraph, layer: PlacedLayer, inputs: list[str]) -> str:
    """Append the node."""
    return graph.node("Mish", inputs, layer.name)


def from_onnx(node: OnnxNode) -> Read:
    """Return the layer."""
    return Read(Mish())


BRIDGE = Bridge(
    to_torch=to_torch,
    from_torch={"torch.nn.Mish": from_torch},
    to_onnx=to_onnx,
    from_onnx={"Mish": from_onnx},
    description=Mish,
    kinds=("mish",),
    keras=activation("mish", Mish),
)
