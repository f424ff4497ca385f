"""ReLU: `nn.ReLU` in PyTorch, `Relu` in ONNX."""

from collections.abc import Sequence
from typing import Any

from pellucid.interop.bridge import Bridge, KerasBridge, KerasLayer, KerasPart, PlacedLayer
from pellucid.interop.constants import NoLayerError
from pellucid.interop.keras_layers import named
from pellucid.interop.onnx_graph import OnnxGraph, OnnxNode, Read
from pellucid.nets import LeakyReLU, ReLU, ReLU6

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


def to_keras(layer: PlacedLayer) -> Sequence[KerasLayer]:
    """Return the layer."""
    from keras import layers

    return [KerasLayer(layers.ReLU(**named(layer)))]


def from_keras(source: Any, shape: tuple[int, ...]) -> Sequence[KerasPart]:
    """Return what computes the activation, or the layer ReLU with its settings: three choices are layers here."""
    settings = [
        getattr(source, name, default)
        for name, default in (("max_value", None), ("negative_slope", 0), ("threshold", 0))
    ]
    most, slope, threshold = (None if value is None else float(value) for value in settings)
    if threshold == 0 and most is None:
        return [KerasPart(LeakyReLU(slope) if slope else ReLU())]
    if threshold == 0 and slope == 0 and most == 6:
        return [KerasPart(ReLU6())]
    raise NoLayerError(f"max_value={most}, negative_slope={slope}, threshold={threshold} are no activation of ours")


BRIDGE = Bridge(
    to_torch=to_torch,
    from_torch={"torch.nn.ReLU": from_torch},
    to_onnx=to_onnx,
    from_onnx={"Relu": from_onnx},
    description=ReLU,
    kinds=("relu",),
    keras=KerasBridge(to_keras, {"relu": from_keras, "ReLU": from_keras}, by_entry=True),
)
