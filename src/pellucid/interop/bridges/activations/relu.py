"""ReLU: `nn.ReLU` in PyTorch, `Relu` in ONNX."""

from typing import Any

from pellucid.interop.bridge import Bridge, PlacedLayer
from pellucid.interop.onnx_graph import OnnxGraph, OnnxNode, Read
from pellucid.nets import ReLU

__all__ = ["BRIDGE"]


def to_torch(layer: PlacedLayer) -> Any:
    """Return the module."""
    from torch import nn

    return nn.ReLU()


def from_torch(name: str, module: Any) -> ReLU:
    """Return the description."""
    return ReLU()


def to_onnx(graph: OnnxGraph, layer: PlacedLayer, inputs: list[str]) -> str:
    """Append the node."""
    return graph.node("Relu", inputs, layer.name)


def from_onnx(node: OnnxNode) -> Read:
    """Return the layer."""
    return Read(ReLU())


BRIDGE = Bridge(
    to_torch=to_torch,
    from_torch={"torch.nn.ReLU": from_torch},
    to_onnx=to_onnx,
    from_onnx={"Relu": from_onnx},
    description=ReLU,
    kinds=("relu",),
)
