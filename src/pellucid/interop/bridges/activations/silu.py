"""SiLU: `nn.SiLU` in PyTorch, `Swish` in ONNX, written as x times `Sigmoid` of x, since older versions have no node for it."""

from typing import Any

from pellucid.interop.bridge import Bridge, PlacedLayer
from pellucid.interop.keras_layers import activation
from pellucid.interop.onnx_graph import OnnxGraph, OnnxNode, Read
from pellucid.nets import SiLU

__all__ = ["BRIDGE"]


def to_torch(layer: PlacedLayer) -> Any:
    """Return the module."""
    from torch import nn

    return nn.SiLU()


def from_torch(name: str, module: Any) -> SiLU:
    """Return the description."""
    return SiLU()


def to_onnx(graph: OnnxGraph, layer: PlacedLayer, inputs: list[str]) -> str:
    """Append the sigmoid and the product."""
    return graph.node("Mul", [*inputs, graph.node("Sigmoid", inputs, f"{layer.name}.sigmoid")], layer.name)


def from_onnx(node: OnnxNode) -> Read:
    """Return the layer."""
    node.only(alpha=1.0)
    return Read(SiLU())


BRIDGE = Bridge(
    to_torch=to_torch,
    from_torch={"torch.nn.SiLU": from_torch},
    to_onnx=to_onnx,
    from_onnx={"Swish": from_onnx},
    description=SiLU,
    kinds=("silu",),
    keras=activation("silu", SiLU),
)
