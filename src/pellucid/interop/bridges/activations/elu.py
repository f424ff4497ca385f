"""ELU: `nn.ELU` in PyTorch, `Elu` in ONNX."""

from collections.abc import Sequence
from typing import Any

from pellucid.interop.bridge import Bridge, KerasBridge, KerasLayer, KerasPart, PlacedLayer
from pellucid.interop.keras_layers import named
from pellucid.interop.onnx_graph import OnnxGraph, OnnxNode, Read
from pellucid.nets import ELU

__all__ = ["BRIDGE"]


def to_torch(layer: PlacedLayer) -> Any:
    """Return the module."""
    from torch import nn

    return nn.ELU(layer.options["alpha"])


def from_torch(name: str, module: Any) -> ELU:
    """Return the description."""
    return ELU(module.alpha)


def to_onnx(graph: OnnxGraph, layer: PlacedLayer, inputs: list[str]) -> str:
    """Append the node."""
    return graph.node("Elu", inputs, layer.name, alpha=layer.options["alpha"])


def from_onnx(node: OnnxNode) -> Read:
    """Return the layer."""
    return Read(ELU(node.get("alpha", 1.0)))


def to_keras(layer: PlacedLayer) -> Sequence[KerasLayer]:
    """Return the layer."""
    from keras import layers

    return [KerasLayer(layers.ELU(layer.options["alpha"], **named(layer)))]


def from_keras(source: Any, shape: tuple[int, ...]) -> Sequence[KerasPart]:
    """Return what computes the layer or the activation."""
    return [KerasPart(ELU(float(getattr(source, "alpha", 1.0))))]


BRIDGE = Bridge(
    to_torch=to_torch,
    from_torch={"torch.nn.ELU": from_torch},
    to_onnx=to_onnx,
    from_onnx={"Elu": from_onnx},
    description=ELU,
    kinds=("elu",),
    keras=KerasBridge(to_keras, {"elu": from_keras, "ELU": from_keras}, by_entry=True),
)
