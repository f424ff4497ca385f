"""LogSoftmax: `nn.LogSoftmax` over axis 1 in PyTorch, `LogSoftmax` in ONNX; one after the last layer is left out on reading."""

from typing import Any

from pellucid.interop.bridge import Bridge, PlacedLayer, refused
from pellucid.interop.onnx_graph import OnnxGraph, OnnxNode, Read
from pellucid.nets import LogSoftmax

__all__ = ["BRIDGE"]


def to_torch(layer: PlacedLayer) -> Any:
    """Return the module."""
    from torch import nn

    return nn.LogSoftmax(dim=1)


def from_torch(name: str, module: Any) -> LogSoftmax:
    """Return the description."""
    if module.dim not in (1, None):
        raise refused(name, f"a softmax over axis {module.dim}")
    return LogSoftmax()


def to_onnx(graph: OnnxGraph, layer: PlacedLayer, inputs: list[str]) -> str:
    """Append the node."""
    return graph.node("LogSoftmax", inputs, layer.name, axis=1)


def from_onnx(node: OnnxNode) -> Read:
    """Return the layer; after the last layer, where scores do without it, over any axis."""
    return Read(LogSoftmax() if node.axis(-1) == 1 else None, ends=True)


BRIDGE = Bridge(
    to_torch=to_torch,
    from_torch={"torch.nn.LogSoftmax": from_torch},
    to_onnx=to_onnx,
    from_onnx={"LogSoftmax": from_onnx},
    description=LogSoftmax,
    kinds=("channel_log_softmax",),
)
