"""LayerNorm of features, and over the last axis: `nn.LayerNorm` in PyTorch, `LayerNormalization` in ONNX.

LayerNorm of an image becomes a group normalization of one group, so its bridge is `groupnorm.py`.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from pellucid.interop.bridge import Bridge, KerasBridge, KerasLayer, KerasPart, PlacedLayer, TorchArray, refused
from pellucid.interop.constants import NoLayerError
from pellucid.interop.keras_layers import filled, named
from pellucid.interop.onnx_graph import OnnxGraph, OnnxNode, Read
from pellucid.nets import LayerNorm, ScaleShift

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


def to_keras(layer: PlacedLayer) -> Sequence[KerasLayer]:
    """Return the layer, without the arrays that are constant."""
    from keras import layers

    given = {"scale": "gamma" in layer.arrays, "center": "beta" in layer.arrays}
    return [KerasLayer(layers.LayerNormalization(epsilon=layer.options["eps"], **given, **named(layer)), layer.arrays)]


def from_keras(source: Any, shape: tuple[int, ...]) -> Sequence[KerasPart]:
    """Return what computes the layer: over features, the last axis, or a whole image, whose entries may have weights."""
    axes = [axis % (len(shape) + 1) for axis in np.atleast_1d(source.axis)]
    arrays = filled(source, {"gamma": "gamma", "beta": "beta"})
    if len(shape) > 1 and axes == [len(shape)]:
        return [KerasPart(LayerNorm(float(source.epsilon), "last"), arrays)]
    if sorted(axes) != list(range(1, len(shape) + 1)):
        raise NoLayerError(
            f"it normalizes over axis {source.axis}; the last axis, or whole images, are normalized here"
        )
    norm = LayerNorm(float(source.epsilon))
    if len(shape) == 1:
        return [KerasPart(norm, arrays)]
    turned = {name: np.moveaxis(array, -1, 0) for name, array in arrays.items()}
    ones = {"gamma": np.ones(shape), "beta": np.zeros(shape)}
    weights = {"scale": (ones | turned)["gamma"], "shift": (ones | turned)["beta"]}
    return [KerasPart(norm), KerasPart(ScaleShift("entry"), weights)]


BRIDGE = Bridge(
    to_torch=to_torch,
    from_torch={"torch.nn.LayerNorm": from_torch},
    to_onnx=to_onnx,
    from_onnx={"LayerNormalization": from_onnx},
    arrays={"gamma": TorchArray("weight"), "beta": TorchArray("bias")},
    description=LayerNorm,
    kinds=("layernorm", "last_layernorm"),
    keras=KerasBridge(to_keras, {"LayerNormalization": from_keras}, of_images=True),
)
