"""GroupNorm: `nn.GroupNorm` in PyTorch, `GroupNormalization` in ONNX. LayerNorm of an image becomes it, with one group."""

from collections.abc import Sequence
from typing import Any

from pellucid.interop.bridge import Bridge, KerasBridge, KerasLayer, KerasPart, PlacedLayer, TorchArray
from pellucid.interop.keras_layers import filled, named
from pellucid.interop.onnx_graph import OnnxGraph, OnnxNode, Read
from pellucid.nets import GroupNorm

__all__ = ["BRIDGE"]


def to_torch(layer: PlacedLayer) -> Any:
    """Return the module."""
    from torch import nn

    return nn.GroupNorm(layer.options["groups"], layer.shape[0], eps=layer.options["eps"])


def from_torch(name: str, module: Any) -> GroupNorm:
    """Return the description."""
    return GroupNorm(module.num_groups, module.eps)


def to_onnx(graph: OnnxGraph, layer: PlacedLayer, inputs: list[str]) -> str:
    """Append the node."""
    inputs = inputs + graph.arrays(layer.name, layer.arrays)
    eps, groups = layer.options["eps"], layer.options["groups"]
    return graph.node("GroupNormalization", inputs, layer.name, epsilon=eps, num_groups=groups)


def from_onnx(node: OnnxNode) -> Read:
    """Return the layer."""
    layer = GroupNorm(node.attributes["num_groups"], node.get("epsilon", 1e-5))
    return Read(layer, (node.needed(1), node.needed(2)))


def to_keras(layer: PlacedLayer) -> Sequence[KerasLayer]:
    """Return the layer, without the arrays that are constant."""
    from keras import layers

    given = {"scale": "gamma" in layer.arrays, "center": "beta" in layer.arrays}
    settings = {"groups": layer.options["groups"], "epsilon": layer.options["eps"]}
    return [KerasLayer(layers.GroupNormalization(**settings, **given, **named(layer)), layer.arrays)]


def from_keras(source: Any, shape: tuple[int, ...]) -> Sequence[KerasPart]:
    """Return what computes the layer; -1 groups are as many as there are channels."""
    groups = shape[0] if source.groups == -1 else source.groups
    return [KerasPart(GroupNorm(groups, float(source.epsilon)), filled(source, {"gamma": "gamma", "beta": "beta"}))]


BRIDGE = Bridge(
    to_torch=to_torch,
    from_torch={"torch.nn.GroupNorm": from_torch},
    to_onnx=to_onnx,
    from_onnx={"GroupNormalization": from_onnx},
    arrays={"gamma": TorchArray("weight"), "beta": TorchArray("bias")},
    description=GroupNorm,
    kinds=("groupnorm",),
    keras=KerasBridge(to_keras, {"GroupNormalization": from_keras}, of_images=True),
)
