"""RMSNorm of features, or over the last axis: `nn.RMSNorm` in PyTorch; in ONNX the formula's nodes."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from pellucid.interop.bridge import Bridge, KerasBridge, KerasLayer, KerasPart, PlacedLayer, TorchArray, refused
from pellucid.interop.keras_layers import filled, named
from pellucid.interop.onnx_graph import OnnxGraph, OnnxNode, Read
from pellucid.nets import RMSNorm

__all__ = ["BRIDGE"]

FEATURES = 2  # axes of a batch of features


def to_torch(layer: PlacedLayer) -> Any:
    """Return the module, its formula spelled out: the older exporter has no RMS norm."""
    from pellucid.interop.torch_modules import SpelledRMSNorm

    return SpelledRMSNorm(layer.shape[-1], eps=layer.options["eps"])


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
    axes = graph.constant(f"{name}.axes", np.array([-1], np.int64))
    mean = graph.node("ReduceMean", [squares, axes], f"{name}.mean")
    eps = graph.constant(f"{name}.eps", np.array(layer.options["eps"], layer.dtype))
    root = graph.node("Sqrt", [graph.node("Add", [mean, eps], f"{name}.shifted")], f"{name}.root")
    x_hat = graph.node("Div", [x, root], f"{name}.x_hat")
    return graph.node("Mul", [x_hat, *graph.arrays(name, layer.arrays)], name)


def to_keras(layer: PlacedLayer) -> Sequence[KerasLayer]:
    """Return the layer."""
    from keras import layers

    gamma = layer.arrays.get("gamma", np.ones(layer.shape[-1:], layer.dtype))  # it has always weights there
    return [KerasLayer(layers.RMSNormalization(epsilon=layer.options["eps"], **named(layer)), {"scale": gamma})]


def from_keras(source: Any, shape: tuple[int, ...]) -> Sequence[KerasPart]:
    """Return what computes the layer."""
    over = "last" if len(shape) > 1 else "sample"
    return [KerasPart(RMSNorm(float(source.epsilon), over), filled(source, {"gamma": "scale"}))]


def from_onnx(node: OnnxNode) -> Read:
    """Return the layer of the newer operator."""
    if node.axis(-1) not in (-1, len(node.shape) - 1):
        raise node.refused(f"axis must be the last; got {node.get('axis', -1)}")
    over = "last" if len(node.shape) > FEATURES else "sample"
    return Read(RMSNorm(node.get("epsilon", 1e-5), over), (node.needed(1),))


BRIDGE = Bridge(
    to_torch=to_torch,
    from_torch={
        "torch.nn.RMSNorm": from_torch,
        "pellucid.interop.torch_modules.SpelledRMSNorm": from_torch,
    },
    to_onnx=to_onnx,
    from_onnx={"RMSNormalization": from_onnx},
    arrays={"gamma": TorchArray("weight")},
    description=RMSNorm,
    kinds=("rmsnorm",),
    keras=KerasBridge(to_keras, {"RMSNormalization": from_keras}),
)
