"""BatchNorm: `nn.BatchNorm1d` and `nn.BatchNorm2d` in PyTorch, `BatchNormalization` in ONNX.

PyTorch's momentum is 1 - decay, and its running variance averages the unbiased variance in training, where ours averages the
biased one; PyTorch also counts the batches it has seen. ONNX's momentum is our decay.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from pellucid.interop.bridge import (
    Bridge,
    KerasBridge,
    KerasLayer,
    KerasPart,
    PlacedLayer,
    TorchArray,
    complement,
    refused,
)
from pellucid.interop.keras_layers import filled, named
from pellucid.interop.onnx_graph import OnnxGraph, OnnxNode, Read
from pellucid.nets import BatchNorm, ScaleShift

__all__ = ["BRIDGE"]


def to_torch(layer: PlacedLayer) -> Any:
    """Return the module for features, or for images."""
    from torch import nn

    module = nn.BatchNorm1d if len(layer.input_shape) == 1 else nn.BatchNorm2d
    return module(layer.shape[0], eps=layer.options["eps"], momentum=complement(layer.operation.decay))


def from_torch(name: str, module: Any) -> BatchNorm:
    """Return the description."""
    if module.momentum is None or not module.track_running_stats:
        raise refused(name, "batch normalization without running averages, or with cumulative ones")
    return BatchNorm(module.eps, complement(module.momentum))


def to_onnx(graph: OnnxGraph, layer: PlacedLayer, inputs: list[str]) -> str:
    """Append the node."""
    inputs = inputs + graph.arrays(layer.name, layer.arrays)
    return graph.node("BatchNormalization", inputs, layer.name, epsilon=layer.options["eps"])


def from_onnx(node: OnnxNode) -> Read:
    """Return the layer."""
    node.only(training_mode=0)
    layer = BatchNorm(node.get("epsilon", 1e-5), node.get("momentum", 0.9))
    return Read(layer, tuple(node.needed(place) for place in range(1, 5)))


def to_keras(layer: PlacedLayer) -> Sequence[KerasLayer]:
    """Return the layer, without the arrays that are constant."""
    from keras import layers

    given = {"scale": "gamma" in layer.arrays, "center": "beta" in layer.arrays}
    norm = layers.BatchNormalization(
        momentum=layer.operation.decay, epsilon=layer.options["eps"], **given, **named(layer)
    )
    theirs = {"gamma": "gamma", "beta": "beta", "mean": "moving_mean", "var": "moving_variance"}
    return [KerasLayer(norm, {theirs[name]: array for name, array in layer.arrays.items()})]


def from_keras(source: Any, shape: tuple[int, ...]) -> Sequence[KerasPart]:
    """Return what computes the layer; one that does not learn uses its running statistics in training, too, as constants."""
    names = {"gamma": "gamma", "beta": "beta", "mean": "moving_mean", "var": "moving_variance"}
    arrays = filled(source, names)
    if source.trainable:
        return [KerasPart(BatchNorm(float(source.epsilon), float(source.momentum)), arrays)]
    scale = arrays.get("gamma", 1.0) / np.sqrt(arrays["var"].astype(np.float64) + source.epsilon)
    shift = arrays.get("beta", 0.0) - arrays["mean"] * scale
    return [KerasPart(ScaleShift(), {"scale": scale, "shift": shift})]


BRIDGE = Bridge(
    to_torch=to_torch,
    from_torch={"torch.nn.BatchNorm1d": from_torch, "torch.nn.BatchNorm2d": from_torch},
    to_onnx=to_onnx,
    from_onnx={"BatchNormalization": from_onnx},
    arrays={
        "gamma": TorchArray("weight"),
        "beta": TorchArray("bias"),
        "mean": TorchArray("running_mean"),
        "var": TorchArray("running_var"),
    },
    extra=("num_batches_tracked",),
    description=BatchNorm,
    kinds=("batchnorm", "spatial_batchnorm"),
    keras=KerasBridge(to_keras, {"BatchNormalization": from_keras}, of_images=True),
)
