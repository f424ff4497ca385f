"""HardSwish: `nn.Hardswish` in PyTorch, `HardSwish` in ONNX."""

from typing import Any

from pellucid.interop.bridge import Bridge, PlacedLayer
from pellucid.interop.keras_layers import activation
from pellucid.interop.onnx_graph import OnnxGraph, OnnxNode, Read
from pellucid.nets import HardSwish

__all__ = ["BRIDGE"]


def to_torch(layer: PlacedLayer) -> Any:
    """Return the module."""
    from torch import nn

    return nn.Hardswish()


def from_torch(name: str, module: Any) -> HardSwish:
    """Return the description."""
    return HardSwish()


def to_onnx(graph: OnnxGraph, layer: PlacedLayer, inputs: list[str]) -> str:
    """Append the node."""
    return graph.node("HardSwish", inputs, layer.name)


def from_onnx(node: OnnxNode) -> Read:
    """Return the layer."""
    return Read(HardSwish())


BRIDGE = Bridge(
    to_torch=to_torch,
    from_torch={"torch.nn.Hardswish": from_torch},
    to_onnx=to_onnx,
    from_onnx={"HardSwish": from_onnx},
    description=HardSwish,
    kinds=("hard_swish",),
    keras=activation("hard_silu", HardSwish),
)
