"""SELU: `nn.SELU` in PyTorch, `Selu` in ONNX."""

from typing import Any

from pellucid.interop.bridge import Bridge, PlacedLayer
from pellucid.interop.keras_layers import activation
from pellucid.interop.onnx_graph import OnnxGraph, OnnxNode, Read
from pellucid.layers.activations.selu import SELU_ALPHA, SELU_SCALE
from pellucid.nets import SELU

__all__ = ["BRIDGE"]


def to_torch(layer: PlacedLayer) -> Any:
    """Return the module."""
    from torch import nn

    return nn.SELU()


def from_torch(name: str, module: Any) -> SELU:
    """Return the description."""
    return SELU()


def to_onnx(graph: OnnxGraph, layer: PlacedLayer, inputs: list[str]) -> str:
    """Append the node."""
    return graph.node("Selu", inputs, layer.name, alpha=SELU_ALPHA, gamma=SELU_SCALE)


def from_onnx(node: OnnxNode) -> Read:
    """Return the layer."""
    for name, own in (("alpha", SELU_ALPHA), ("gamma", SELU_SCALE)):
        if abs(node.get(name, own) - own) > 1e-6:
            raise node.refused(f"{name} must be {own:.7g}, as published; got {node.get(name, own)}")
    return Read(SELU())


BRIDGE = Bridge(
    to_torch=to_torch,
    from_torch={"torch.nn.SELU": from_torch},
    to_onnx=to_onnx,
    from_onnx={"Selu": from_onnx},
    description=SELU,
    kinds=("selu",),
    keras=activation("selu", SELU),
)
