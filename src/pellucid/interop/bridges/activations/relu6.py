"""ReLU6: `nn.ReLU6` in PyTorch, `Clip` from 0 to 6 in ONNX."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from pellucid.interop.bridge import Bridge, KerasBridge, KerasLayer, KerasPart, PlacedLayer
from pellucid.interop.keras_layers import named
from pellucid.interop.onnx_graph import OnnxGraph, OnnxNode, Read
from pellucid.nets import ReLU6

__all__ = ["BRIDGE"]


def to_torch(layer: PlacedLayer) -> Any:
    """Return the module."""
    from torch import nn

    return nn.ReLU6()


def from_torch(name: str, module: Any) -> ReLU6:
    """Return the description."""
    return ReLU6()


def to_onnx(graph: OnnxGraph, layer: PlacedLayer, inputs: list[str]) -> str:
    """Append the node, its bounds as constants."""
    bounds = {"min": np.array(0, layer.dtype), "max": np.array(6, layer.dtype)}
    return graph.node("Clip", inputs + graph.arrays(layer.name, bounds), layer.name)


def from_onnx(node: OnnxNode) -> Read:
    """Return the layer; refuse other bounds, which were attributes before they were inputs."""
    bounds = [node.get("min", node.array(1)), node.get("max", node.array(2))]
    if [None if bound is None else float(bound) for bound in bounds] != [0, 6]:
        raise node.refused(f"it must cut at 0 and 6; got {bounds[0]} and {bounds[1]}")
    return Read(ReLU6())


def to_keras(layer: PlacedLayer) -> Sequence[KerasLayer]:
    """Return the layer."""
    from keras import layers

    return [KerasLayer(layers.ReLU(6.0, **named(layer)))]


def from_keras(source: Any, shape: tuple[int, ...]) -> Sequence[KerasPart]:
    """Return what computes the activation; the layer ReLU with a maximum of 6 is read by ReLU's bridge."""
    return [KerasPart(ReLU6())]


BRIDGE = Bridge(
    to_torch=to_torch,
    from_torch={"torch.nn.ReLU6": from_torch},
    to_onnx=to_onnx,
    from_onnx={"Clip": from_onnx},
    description=ReLU6,
    kinds=("relu6",),
    keras=KerasBridge(to_keras, {"relu6": from_keras}, by_entry=True),
)
