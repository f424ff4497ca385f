"""AvgPool: `nn.AvgPool2d` in PyTorch, `AveragePool` in ONNX, without padding. Its window is read as MaxPool's."""

from typing import Any

from pellucid.interop.bridge import Bridge, PlacedLayer, refused
from pellucid.interop.bridges.maxpool import onnx_window, torch_sizes
from pellucid.interop.onnx_graph import OnnxGraph, OnnxNode, Read
from pellucid.nets import AvgPool

__all__ = ["BRIDGE"]


def to_torch(layer: PlacedLayer) -> Any:
    """Return the module."""
    from torch import nn

    return nn.AvgPool2d(layer.options["size"], layer.options["stride"])


def from_torch(name: str, module: Any) -> AvgPool:
    """Return the description."""
    if torch_sizes(module.padding) not in (0, (0, 0)) or module.ceil_mode or module.divisor_override:
        raise refused(name, "pooling with padding, ceil_mode or divisor_override")
    return AvgPool(torch_sizes(module.kernel_size), torch_sizes(module.stride))


def to_onnx(graph: OnnxGraph, layer: PlacedLayer, inputs: list[str]) -> str:
    """Append the node."""
    size, stride = list(layer.options["size"]), list(layer.options["stride"])
    return graph.node("AveragePool", inputs, layer.name, kernel_shape=size, strides=stride)


def from_onnx(node: OnnxNode) -> Read:
    """Return the layer."""
    return Read(AvgPool(*onnx_window(node)))


BRIDGE = Bridge(
    to_torch=to_torch,
    from_torch={"torch.nn.AvgPool2d": from_torch},
    to_onnx=to_onnx,
    from_onnx={"AveragePool": from_onnx},
    description=AvgPool,
    kinds=("avgpool",),
)
