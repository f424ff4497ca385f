"""GELU, exact or approximated by tanh: `nn.GELU` in PyTorch, `Gelu` in ONNX."""

from collections.abc import Sequence
from typing import Any

from pellucid.interop.bridge import Bridge, KerasBridge, KerasLayer, KerasPart, PlacedLayer
from pellucid.interop.keras_layers import named
from pellucid.interop.onnx_graph import OnnxGraph, OnnxNode, Read
from pellucid.nets import GELU

__all__ = ["BRIDGE"]


def to_torch(layer: PlacedLayer) -> Any:
    """Return the module."""
    from torch import nn

    return nn.GELU(approximation(layer))


def from_torch(name: str, module: Any) -> GELU:
    """Return the description."""
    return GELU(module.approximate)


def to_onnx(graph: OnnxGraph, layer: PlacedLayer, inputs: list[str]) -> str:
    """Append the node."""
    return graph.node("Gelu", inputs, layer.name, approximate=approximation(layer))


def from_onnx(node: OnnxNode) -> Read:
    """Return the layer."""
    return Read(GELU(node.get("approximate", "none")))


def approximation(layer: PlacedLayer) -> str:
    """Return how it is approximated, as both frameworks write it."""
    return "tanh" if layer.operation.kind == "gelu_tanh" else "none"


def to_keras(layer: PlacedLayer) -> Sequence[KerasLayer]:
    """Return the activation; its approximation is an operation there."""
    from keras import layers, ops

    if approximation(layer) == "none":
        return [KerasLayer(layers.Activation("gelu", **named(layer)))]
    return [KerasLayer(lambda x: ops.gelu(x, approximate=True))]


def from_keras(source: Any, shape: tuple[int, ...]) -> Sequence[KerasPart]:
    """Return what computes the activation, or the operation."""
    return [KerasPart(GELU("tanh" if getattr(source, "approximate", False) else "none"))]


BRIDGE = Bridge(
    to_torch=to_torch,
    from_torch={"torch.nn.GELU": from_torch},
    to_onnx=to_onnx,
    from_onnx={"Gelu": from_onnx},
    description=GELU,
    kinds=("gelu", "gelu_tanh"),
    keras=KerasBridge(to_keras, {"gelu": from_keras}, by_entry=True),
)
