"""MaxPool: `nn.MaxPool2d` in PyTorch, `MaxPool` in ONNX, without padding."""

from typing import Any

from pellucid.interop.bridge import Bridge, PlacedLayer, refused
from pellucid.interop.onnx_graph import OnnxGraph, OnnxNode, Read
from pellucid.nets import MaxPool

__all__ = ["BRIDGE", "Sizes", "onnx_window", "torch_sizes"]

Sizes = int | tuple[int, int]


def to_torch(layer: PlacedLayer) -> Any:
    """Return the module."""
    from torch import nn

    return nn.MaxPool2d(layer.options["size"], layer.options["stride"])


def from_torch(name: str, module: Any) -> MaxPool:
    """Return the description."""
    plain = torch_sizes(module.padding) in (0, (0, 0)) and torch_sizes(module.dilation) in (1, (1, 1))
    if not plain or module.ceil_mode:
        raise refused(name, "pooling with padding, dilation or ceil_mode")
    return MaxPool(torch_sizes(module.kernel_size), torch_sizes(module.stride))


def to_onnx(graph: OnnxGraph, layer: PlacedLayer, inputs: list[str]) -> str:
    """Append the node."""
    size, stride = list(layer.options["size"]), list(layer.options["stride"])
    return graph.node("MaxPool", inputs, layer.name, kernel_shape=size, strides=stride)


def from_onnx(node: OnnxNode) -> Read:
    """Return the layer."""
    return Read(MaxPool(*onnx_window(node)))


def torch_sizes(value: Any) -> Sizes:
    """Return a module's setting, one number or one for each axis, as a description takes it."""
    return tuple(value) if isinstance(value, (tuple, list)) else value


def onnx_window(node: OnnxNode) -> tuple[Sizes, Sizes]:
    """Return size and stride of a pooling node; refuse padding, dilation and partial windows."""
    size = tuple(node.attributes["kernel_shape"])
    if len(size) != 2:
        raise node.refused(f"only pooling of images is supported; got {len(size)} axes")
    node.only(ceil_mode=0, dilations=[1, 1])
    if node.symmetric_pads(size) != (0, 0):
        raise node.refused("only pooling without padding is supported")
    return size, tuple(node.get("strides", [1, 1]))


BRIDGE = Bridge(
    to_torch=to_torch,
    from_torch={"torch.nn.MaxPool2d": from_torch},
    to_onnx=to_onnx,
    from_onnx={"MaxPool": from_onnx},
    description=MaxPool,
    kinds=("maxpool",),
)
