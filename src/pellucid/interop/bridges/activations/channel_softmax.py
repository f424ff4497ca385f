"""Softmax: `nn.Softmax` over axis 1 in PyTorch, `Softmax` in ONNX; one after the last layer is left out on reading."""

from collections.abc import Sequence
from typing import Any

from pellucid.interop.bridge import Bridge, KerasBridge, KerasLayer, KerasPart, PlacedLayer, refused
from pellucid.interop.keras_layers import named
from pellucid.interop.onnx_graph import OnnxGraph, OnnxNode, Read
from pellucid.nets import Softmax

__all__ = ["BRIDGE"]


def to_torch(layer: PlacedLayer) -> Any:
    """Return the module."""
    from torch import nn

    return nn.Softmax(dim=1)


def from_torch(name: str, module: Any) -> Softmax:
    """Return the description."""
    if module.dim not in (1, None):
        raise refused(name, f"a softmax over axis {module.dim}")
    return Softmax()


def to_onnx(graph: OnnxGraph, layer: PlacedLayer, inputs: list[str]) -> str:
    """Append the node."""
    return graph.node("Softmax", inputs, layer.name, axis=1)


def from_onnx(node: OnnxNode) -> Read:
    """Return the layer; after the last layer, where scores do without it, over any axis."""
    return Read(Softmax() if node.axis(-1) == 1 else None, ends=True)


def to_keras(layer: PlacedLayer) -> Sequence[KerasLayer]:
    """Return the activation, over the last axis, that of the channels there."""
    from keras import layers

    return [KerasLayer(layers.Activation("softmax", **named(layer)))]


def from_keras(source: Any, shape: tuple[int, ...]) -> Sequence[KerasPart]:
    """Return what computes the layer or the activation."""
    return [KerasPart(Softmax())]


BRIDGE = Bridge(
    to_torch=to_torch,
    from_torch={"torch.nn.Softmax": from_torch},
    to_onnx=to_onnx,
    from_onnx={"Softmax": from_onnx},
    description=Softmax,
    kinds=("channel_softmax",),
    keras=KerasBridge(to_keras, {"softmax": from_keras, "Softmax": from_keras}),
)
