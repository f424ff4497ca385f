"""LogSoftmax: `nn.LogSoftmax` over axis 1 in PyTorch, `LogSoftmax` in ONNX; one after the last layer is left out on reading."""

from collections.abc import Sequence
from typing import Any

from pellucid.interop.bridge import Bridge, KerasBridge, KerasLayer, KerasPart, PlacedLayer, refused
from pellucid.interop.keras_layers import named
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


def to_keras(layer: PlacedLayer) -> Sequence[KerasLayer]:
    """Return the activation, over the last axis, that of the channels there."""
    from keras import layers

    return [KerasLayer(layers.Activation("log_softmax", **named(layer)))]


def from_keras(source: Any, shape: tuple[int, ...]) -> Sequence[KerasPart]:
    """Return what computes the layer or the activation."""
    return [KerasPart(LogSoftmax())]


BRIDGE = Bridge(
    to_torch=to_torch,
    from_torch={"torch.nn.LogSoftmax": from_torch},
    to_onnx=to_onnx,
    from_onnx={"LogSoftmax": from_onnx},
    description=LogSoftmax,
    kinds=("channel_log_softmax",),
    keras=KerasBridge(to_keras, {"log_softmax": from_keras}),
)
