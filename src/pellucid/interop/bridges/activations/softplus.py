"""Softplus: `nn.Softplus` in PyTorch with its default beta of 1, `Softplus` in ONNX."""

from typing import Any

from pellucid.interop.bridge import Bridge, PlacedLayer, refused
from pellucid.interop.keras_layers import activation
from pellucid.interop.onnx_graph import OnnxGraph, OnnxNode, Read
from pellucid.nets import Softplus

__all__ = ["BRIDGE"]


def to_torch(layer: PlacedLayer) -> Any:
    """Return the module."""
    from torch import nn

    return nn.Softplus()


def from_torch(name: str, module: Any) -> Softplus:
    """Return the description."""
    if module.beta != 1:
        raise refused(name, f"a softplus with beta {module.beta}")
    return Softplus()


def to_onnx(graph: OnnxGraph, layer: PlacedLayer, inputs: list[str]) -> str:
    """Append the node."""
    return graph.node("Softplus", inputs, layer.name)


def from_onnx(node: OnnxNode) -> Read:
    """Return the layer."""
    return Read(Softplus())


BRIDGE = Bridge(
    to_torch=to_torch,
    from_torch={"torch.nn.Softplus": from_torch},
    to_onnx=to_onnx,
    from_onnx={"Softplus": from_onnx},
    description=Softplus,
    kinds=("softplus",),
    keras=activation("softplus", Softplus),
)
