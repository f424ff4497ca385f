"""PReLU: `nn.PReLU` in PyTorch, `PRelu` in ONNX, where the slopes of channels lie along the axes that follow them."""

from typing import Any

from pellucid.interop.bridge import Bridge, PlacedLayer, TorchArray
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


BRIDGE = Bridge(
    to_torch=to_torch,
    from_torch={"torch.nn.PReLU": from_torch},
    to_onnx=to_onnx,
    from_onnx={"PRelu": from_onnx},
    arrays={"slope": TorchArray("weight")},
    description=PReLU,
    kinds=("prelu",),
)
