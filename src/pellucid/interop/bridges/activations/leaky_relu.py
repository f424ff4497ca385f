"""LeakyReLU: `nn.LeakyReLU` in PyTorch, `LeakyRelu` in ONNX."""

from collections.abc import Sequence
from typing import Any

from pellucid.interop.bridge import Bridge, KerasBridge, KerasLayer, KerasPart, PlacedLayer
from pellucid.interop.keras_layers import named
from pellucid.interop.onnx_graph import OnnxGraph, OnnxNode, Read
from pellucid.nets import LeakyReLU

__all__ = ["BRIDGE"]


def to_torch(layer: PlacedLayer) -> Any:
    """Return the module."""
    from torch import nn

    return nn.LeakyReLU(layer.options["slope"])


def from_torch(name: str, module: Any) -> LeakyReLU:
    """Return the description."""
    return LeakyReLU(module.negative_slope)


def to_onnx(graph: OnnxGraph, layer: PlacedLayer, inputs: list[str]) -> str:
    """Append the node."""
    return graph.node("LeakyRelu", inputs, layer.name, alpha=layer.options["slope"])


def from_onnx(node: OnnxNode) -> Read:
    """Return the layer."""
    return Read(LeakyReLU(node.get("alpha", 0.01)))


def to_keras(layer: PlacedLayer) -> Sequence[KerasLayer]:
    """Return the layer."""
    from keras import layers

    return [KerasLayer(layers.LeakyReLU(negative_slope=layer.options["slope"], **named(layer)))]


def from_keras(source: Any, shape: tuple[int, ...]) -> Sequence[KerasPart]:
    """Return what computes the layer, or the activation, whose slope is 0.2."""
    return [KerasPart(LeakyReLU(float(getattr(source, "negative_slope", 0.2))))]


BRIDGE = Bridge(
    to_torch=to_torch,
    from_torch={"torch.nn.LeakyReLU": from_torch},
    to_onnx=to_onnx,
    from_onnx={"LeakyRelu": from_onnx},
    description=LeakyReLU,
    kinds=("leaky_relu",),
    keras=KerasBridge(to_keras, {"leaky_relu": from_keras, "LeakyReLU": from_keras}, by_entry=True),
)
