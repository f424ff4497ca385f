"""LayerNorm of features, and over the last axis: `nn.LayerNorm` in PyTorch, `LayerNormalization` in ONNX.

LayerNorm of an image becomes a group normalization of one group, so its bridge is `groupnorm.py`.
"""

from typing import Any

from pellucid.interop.bridge import Bridge, PlacedLayer, TorchArray, refused
from pellucid.interop.onnx_graph import OnnxGraph, OnnxNode, Read
from pellucid.nets import LayerNorm

__all__ = ["BRIDGE"]


def to_torch(layer: PlacedLayer) -> Any:
    """Return the module."""
    from torch import nn

    return nn.LayerNorm(layer.shape[-1], eps=layer.options["eps"])


def from_torch(name: str, module: Any) -> LayerNorm:
    """Return the description."""
    if len(module.normalized_shape) != 1:
        raise refused(name, f"layer normalization over {tuple(module.normalized_shape)}")
    return LayerNorm(module.eps)


def to_onnx(graph: OnnxGraph, layer: PlacedLayer, inputs: list[str]) -> str:
    """Append the node."""
    inputs = inputs + graph.arrays(layer.name, layer.arrays)
    return graph.node("LayerNormalization", inputs, layer.name, axis=-1, epsilon=layer.options["eps"])


def from_onnx(node: OnnxNode) -> Read:
    """Return the layer; `kind` makes sure that it is not computed as that of an image, over all of (C, H, W)."""
    if node.axis(-1) not in (-1, len(node.shape) - 1):
        raise node.refused(f"axis must be the last; got {node.get('axis', -1)}")
    over, kind = ("last", "last_layernorm") if len(node.shape) > 2 else ("sample", "layernorm")
    return Read(LayerNorm(node.get("epsilon", 1e-5), over), (node.needed(1), node.array(2)), kind=kind)


BRIDGE = Bridge(
    to_torch=to_torch,
    from_torch={"torch.nn.LayerNorm": from_torch},
    to_onnx=to_onnx,
    from_onnx={"LayerNormalization": from_onnx},
    arrays={"gamma": TorchArray("weight"), "beta": TorchArray("bias")},
    description=LayerNorm,
    kinds=("layernorm", "last_layernorm"),
)
