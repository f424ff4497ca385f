"""Affine: `nn.Linear` in PyTorch, `Gemm` in ONNX; both store the weight as (out, in), the transpose of ours, and take rows only.

Over the last axis it is `nn.Linear` of more axes, and `MatMul` with `Add`. An image is flattened first: PyTorch gets a module
that does it, ONNX a node `Flatten`. A `MatMul` by a constant is read, too; the reader of graphs joins it with the addition of a
bias.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from pellucid.interop.bridge import Bridge, KerasBridge, KerasLayer, KerasPart, PlacedLayer, TorchArray
from pellucid.interop.constants import NoLayerError
from pellucid.interop.keras_layers import filled, named, only_bias, weight_array
from pellucid.interop.onnx_graph import OnnxGraph, OnnxNode, Read
from pellucid.nets import Affine, Conv, Conv1d

__all__ = ["BRIDGE"]


def to_torch(layer: PlacedLayer) -> Any:
    """Return the module."""
    from torch import nn

    from pellucid.interop.torch_modules import AffineModule

    if layer.operation.kind == "last_affine":
        return nn.Linear(layer.input_shape[-1], layer.shape[-1])
    module = nn.Linear if len(layer.input_shape) == 1 else AffineModule
    return module(int(np.prod(layer.input_shape)), layer.shape[0])


def from_torch(name: str, module: Any) -> Affine:
    """Return the description."""
    return Affine(module.out_features)


def to_onnx(graph: OnnxGraph, layer: PlacedLayer, inputs: list[str]) -> str:
    """Append the node, and one that flattens an image."""
    if layer.operation.kind == "last_affine":
        weight = graph.constant(f"{layer.name}.weight", layer.arrays["weight"].T)
        bias = graph.constant(f"{layer.name}.bias", layer.arrays["bias"])
        return graph.node("Add", [graph.node("MatMul", [*inputs, weight], f"{layer.name}.product"), bias], layer.name)
    if len(layer.input_shape) > 1:
        inputs = [graph.node("Flatten", inputs, f"{layer.name}.flat", axis=1)]
    return graph.node("Gemm", inputs + graph.arrays(layer.name, layer.arrays), layer.name, transB=1)


def from_gemm(node: OnnxNode) -> Read:
    """Return the layer with alpha and beta multiplied into its arrays."""
    node.only(transA=0)
    weight = node.needed(1)
    weight = weight.T if node.get("transB", 0) else weight
    bias = node.array(2)
    if bias is not None:
        if bias.size not in (1, weight.shape[1]) or bias.shape[-1:] not in ((), (1,), weight.shape[1:]):
            raise node.refused(
                f"its bias must be one number for each column, ({weight.shape[1]},); got shape {bias.shape}"
            )
        bias = np.broadcast_to(bias.reshape(-1) * node.get("beta", 1.0), weight.shape[1:])
    return Read(Affine(weight.shape[1]), (weight * node.get("alpha", 1.0), bias))


def from_matmul(node: OnnxNode) -> Read:
    """Return the layer, whose bias may follow; of a value with more axes it is computed over the last."""
    weight = node.needed(1)
    if weight.ndim != 2:
        raise node.refused(f"its matrix must have two axes; got shape {weight.shape}")
    layer = Affine(weight.shape[1], over="last" if len(node.shape) > 2 else "sample")
    return Read(layer, (weight, None), wants_bias=True)


def to_keras(layer: PlacedLayer) -> Sequence[KerasLayer]:
    """Return the layer, for rows, to which the writer of networks flattens, or over the last axis."""
    from keras import layers

    dense = layers.Dense(layer.shape[-1], use_bias="bias" in layer.arrays, **named(layer))
    weights = {"kernel": layer.arrays["weight"].T} | only_bias(layer)
    return [KerasLayer(dense, weights)]


def from_keras(source: Any, shape: tuple[int, ...]) -> Sequence[KerasPart]:
    """Return what computes the layer, which works on the last axis: of an image or a sequence, a convolution of one pixel."""
    kernel = weight_array(source, "kernel")
    assert kernel is not None
    bias = filled(source, {"bias": "bias"})
    if len(shape) == 1:
        return [KerasPart(Affine(kernel.shape[1]), {"weight": kernel, **bias})]
    if len(shape) > 3:
        raise NoLayerError(f"it reads samples with {len(shape)} axes")
    layer = Conv(kernel.shape[1], 1) if len(shape) == 3 else Conv1d(kernel.shape[1], 1)
    return [KerasPart(layer, {"weight": kernel.T.reshape(*kernel.T.shape, *[1] * (len(shape) - 1)), **bias})]


BRIDGE = Bridge(
    to_torch=to_torch,
    from_torch={"torch.nn.Linear": from_torch, "pellucid.interop.torch_modules.AffineModule": from_torch},
    to_onnx=to_onnx,
    from_onnx={"Gemm": from_gemm, "MatMul": from_matmul},
    arrays={"weight": TorchArray.transposed("weight")},
    description=Affine,
    kinds=("affine", "last_affine"),
    keras=KerasBridge(to_keras, {"Dense": from_keras}),
)
