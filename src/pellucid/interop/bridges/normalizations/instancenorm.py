"""InstanceNorm: `nn.InstanceNorm2d(affine=True)` in PyTorch, `InstanceNormalization` in ONNX."""

from collections.abc import Sequence
from typing import Any

from pellucid.interop.bridge import Bridge, KerasBridge, KerasLayer, PlacedLayer, TorchArray, refused
from pellucid.interop.keras_layers import named
from pellucid.interop.onnx_graph import OnnxGraph, OnnxNode, Read
from pellucid.nets import InstanceNorm

__all__ = ["BRIDGE"]


def to_torch(layer: PlacedLayer) -> Any:
    """Return the module."""
    from torch import nn

    return nn.InstanceNorm2d(layer.shape[0], eps=layer.options["eps"], affine=True)


def from_torch(name: str, module: Any) -> InstanceNorm:
    """Return the description; without weights, scale 1 and shift 0."""
    if module.track_running_stats:
        raise refused(name, "instance normalization with running statistics")
    return InstanceNorm(module.eps)


def to_onnx(graph: OnnxGraph, layer: PlacedLayer, inputs: list[str]) -> str:
    """Append the node."""
    inputs = inputs + graph.arrays(layer.name, layer.arrays)
    return graph.node("InstanceNormalization", inputs, layer.name, epsilon=layer.options["eps"])


def from_onnx(node: OnnxNode) -> Read:
    """Return the layer."""
    return Read(InstanceNorm(node.get("epsilon", 1e-5)), (node.needed(1), node.needed(2)))


def to_keras(layer: PlacedLayer) -> Sequence[KerasLayer]:
    """Return a group normalization with a group for each channel."""
    from keras import layers

    given = {"scale": "gamma" in layer.arrays, "center": "beta" in layer.arrays}
    settings = {"groups": -1, "epsilon": layer.options["eps"]}
    return [KerasLayer(layers.GroupNormalization(**settings, **given, **named(layer)), layer.arrays)]


BRIDGE = Bridge(
    to_torch=to_torch,
    from_torch={"torch.nn.InstanceNorm2d": from_torch},
    to_onnx=to_onnx,
    from_onnx={"InstanceNormalization": from_onnx},
    arrays={"gamma": TorchArray("weight"), "beta": TorchArray("bias")},
    description=InstanceNorm,
    kinds=("instancenorm",),
    keras=KerasBridge(to_keras),
)
