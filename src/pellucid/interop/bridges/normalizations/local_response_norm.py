"""LocalResponseNorm: `nn.LocalResponseNorm` in PyTorch, `LRN` in ONNX; for odd sizes the three agree."""

from typing import Any

from pellucid.interop.bridge import Bridge, NoCounterpart, PlacedLayer
from pellucid.interop.onnx_graph import OnnxGraph, OnnxNode, Read
from pellucid.nets import LocalResponseNorm

__all__ = ["BRIDGE"]


def to_torch(layer: PlacedLayer) -> Any:
    """Return the module."""
    from torch import nn

    return nn.LocalResponseNorm(**layer.options)


def from_torch(name: str, module: Any) -> LocalResponseNorm:
    """Return the description."""
    return LocalResponseNorm(module.size, module.alpha, module.beta, module.k)


def to_onnx(graph: OnnxGraph, layer: PlacedLayer, inputs: list[str]) -> str:
    """Append the node."""
    size, alpha, beta, k = (layer.options[name] for name in ("size", "alpha", "beta", "k"))
    return graph.node("LRN", inputs, layer.name, size=size, alpha=alpha, beta=beta, bias=k)


def from_onnx(node: OnnxNode) -> Read:
    """Return the layer."""
    settings = node.get("alpha", 1e-4), node.get("beta", 0.75), node.get("bias", 1.0)
    return Read(LocalResponseNorm(node.attributes["size"], *settings))


BRIDGE = Bridge(
    to_torch=to_torch,
    from_torch={"torch.nn.LocalResponseNorm": from_torch},
    to_onnx=to_onnx,
    from_onnx={"LRN": from_onnx},
    description=LocalResponseNorm,
    kinds=("local_response_norm",),
    keras=NoCounterpart("it has no layer that divides by neighbouring channels"),
)
