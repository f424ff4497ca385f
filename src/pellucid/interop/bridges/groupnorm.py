"""GroupNorm: `nn.GroupNorm` in PyTorch, `GroupNormalization` in ONNX. LayerNorm of an image becomes it, with one group."""

from typing import Any

from pellucid.interop.bridge import Bridge, PlacedLayer, TorchArray
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


BRIDGE = Bridge(
    to_torch=to_torch,
    from_torch={"torch.nn.GroupNorm": from_torch},
    to_onnx=to_onnx,
    from_onnx={"GroupNormalization": from_onnx},
    arrays={"gamma": TorchArray("weight"), "beta": TorchArray("bias")},
    description=GroupNorm,
    kinds=("groupnorm",),
)
