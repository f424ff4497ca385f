"""RMSNorm of features: `nn.RMSNorm` in PyTorch; in ONNX the formula's nodes, which older versions read, too."""

from typing import Any

import numpy as np

from pellucid.interop.bridge import Bridge, PlacedLayer, TorchArray, refused
from pellucid.interop.onnx_graph import OnnxGraph, OnnxNode, Read
from pellucid.nets import RMSNorm

__all__ = ["BRIDGE"]

FEATURES = 2  # axes of a batch of features


def to_torch(layer: PlacedLayer) -> Any:
    """Return the module."""
    from torch import nn

    return nn.RMSNorm(layer.shape[0], eps=layer.options["eps"])


def from_torch(name: str, module: Any) -> RMSNorm:
    """Return the description; without eps, PyTorch takes the distance of 1 to the next number of its type."""
    import torch

    if len(module.normalized_shape) != 1:
        raise refused(name, f"normalization over {tuple(module.normalized_shape)}")
    if module.eps is None and module.weight is None:
        raise refused(name, "neither eps nor a weight, whose type says what eps is")
    return RMSNorm(torch.finfo(module.weight.dtype).eps if module.eps is None else module.eps)


def to_onnx(graph: OnnxGraph, layer: PlacedLayer, inputs: list[str]) -> str:
    """Append x / sqrt(mean(x * x) + eps) * gamma."""
    (x,), name = inputs, layer.name
    squares = graph.node("Mul", [x, x], f"{name}.squares")
    axes = graph.constant(f"{name}.axes", np.array([1], np.int64))
    mean = graph.node("ReduceMean", [squares, axes], f"{name}.mean")
    eps = graph.constant(f"{name}.eps", np.array(layer.options["eps"], layer.dtype))
    root = graph.node("Sqrt", [graph.node("Add", [mean, eps], f"{name}.shifted")], f"{name}.root")
    x_hat = graph.node("Div", [x, root], f"{name}.x_hat")
    return graph.node("Mul", [x_hat, *graph.arrays(name, layer.arrays)], name)


def from_onnx(node: OnnxNode) -> Read:
    """Return the layer of the newer operator."""
    if node.axis(-1) not in (-1, len(node.shape) - 1) or len(node.shape) > FEATURES:
        raise node.refused("it must normalize rows of features, over their last axis")
    return Read(RMSNorm(node.get("epsilon", 1e-5)), (node.needed(1),))


BRIDGE = Bridge(
    to_torch=to_torch,
    from_torch={"torch.nn.RMSNorm": from_torch},
    to_onnx=to_onnx,
    from_onnx={"RMSNormalization": from_onnx},
    arrays={"gamma": TorchArray("weight")},
    description=RMSNorm,
    kinds=("rmsnorm",),
)
