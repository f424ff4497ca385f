"""PReLU: `nn.PReLU` in PyTorch, `PRelu` in ONNX, where the slopes of channels lie along the axes that follow them."""

from collections.abc import Sequence
from typing import Any

from pellucid.interop.bridge import Bridge, KerasBridge, KerasLayer, KerasPart, PlacedLayer, TorchArray
from pellucid.interop.constants import NoLayerError
from pellucid.interop.keras_layers import named, weight_array
from pellucid.interop.onnx_graph import OnnxGraph, OnnxNode, Read
from pellucid.layers.activations.prelu import PReLU

__all__ = ["BRIDGE"]


def to_torch(layer: PlacedLayer) -> Any:
    """Return the module."""
    from torch import nn

    return nn.PReLU(layer.arrays["slope"].size)


def from_torch(name: str, module: Any) -> PReLU:
    """Return the description."""
    return PReLU(shared=module.num_parameters == 1)


def to_onnx(graph: OnnxGraph, layer: PlacedLayer, inputs: list[str]) -> str:
    """Append the node: (C,) slopes become (C, 1, 1) for an image."""
    slope = layer.arrays["slope"].reshape(-1, *[1] * (len(layer.input_shape) - 1))
    return graph.node("PRelu", [*inputs, graph.constant(f"{layer.name}.slope", slope)], layer.name)


def from_onnx(node: OnnxNode) -> Read:
    """Return the layer; refuse slopes that differ within a channel."""
    slope = node.needed(1)
    if slope.ndim == len(node.shape) and slope.shape[:1] == (1,):
        slope = slope[0]  # an axis for the batch
    if (node.shape and slope.size not in (1, node.shape[1])) or slope.size != max(slope.shape, default=1):
        raise node.refused(f"its slopes must be one number, or one for each channel; got shape {slope.shape}")
    if slope.size > 1 and len(node.shape) != slope.ndim + 1:
        raise node.refused(f"its slopes must lie along the channels; got shape {slope.shape}")
    return Read(PReLU(shared=slope.size == 1), (slope.reshape(-1),))


def to_keras(layer: PlacedLayer) -> Sequence[KerasLayer]:
    """Return the layer, whose slopes lie along the channels; its shared axes are those of an image, or all."""
    from keras import layers

    slope, rank = layer.arrays["slope"], len(layer.input_shape)
    shared = list(range(1, rank + (slope.size == 1)))
    sizes = (*[1] * (rank - 1), slope.size)
    return [KerasLayer(layers.PReLU(shared_axes=shared or None, **named(layer)), {"alpha": slope.reshape(sizes)})]


def from_keras(source: Any, shape: tuple[int, ...]) -> Sequence[KerasPart]:
    """Return what computes the layer; refuse a slope for each place of an image."""
    alpha = weight_array(source, "alpha")
    assert alpha is not None
    if alpha.size != 1 and alpha.size != alpha.shape[-1]:
        raise NoLayerError("it has a slope for each place; shared_axes=[1, 2] has one for each channel")
    if alpha.shape[-1] not in (1, shape[0]):
        raise NoLayerError(f"its slopes must lie along the {shape[0]} channels; got {alpha.shape}")
    shared = alpha.size == 1 and shape[0] != 1
    return [KerasPart(PReLU(shared=shared), {"slope": alpha.reshape(-1)})]


BRIDGE = Bridge(
    to_torch=to_torch,
    from_torch={"torch.nn.PReLU": from_torch},
    to_onnx=to_onnx,
    from_onnx={"PRelu": from_onnx},
    arrays={"slope": TorchArray("weight")},
    description=PReLU,
    kinds=("prelu",),
    keras=KerasBridge(to_keras, {"PReLU": from_keras}),
)
