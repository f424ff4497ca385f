"""AvgPool: `nn.AvgPool2d` in PyTorch, `AveragePool` in ONNX. Its window is read as MaxPool's."""

from typing import Any

from pellucid.interop.bridge import Bridge, PlacedLayer, refused
from pellucid.interop.bridges.maxpool import (
    onnx_settings,
    onnx_window,
    onnx_window_of_sequence,
    read_window,
    torch_window,
)
from pellucid.interop.onnx_graph import OnnxGraph, OnnxNode, Read
from pellucid.nets import AvgPool, AvgPool1d

__all__ = ["BRIDGE"]


def to_torch(layer: PlacedLayer) -> Any:
    """Return the module."""
    from torch import nn

    options = layer.options
    return nn.AvgPool2d(*torch_window(layer), options.get("ceil_mode", False), options.get("count_include_pad", True))


def from_torch(name: str, module: Any) -> AvgPool:
    """Return the description."""
    if module.divisor_override:
        raise refused(name, "pooling with divisor_override")
    return AvgPool(*read_window(module), module.count_include_pad)


def to_onnx(graph: OnnxGraph, layer: PlacedLayer, inputs: list[str]) -> str:
    """Append the node."""
    counted = {"count_include_pad": int(layer.options.get("count_include_pad", True))} if "pad" in layer.options else {}
    return graph.node("AveragePool", inputs, layer.name, **onnx_settings(layer), **counted)


def from_onnx(node: OnnxNode) -> Read:
    """Return the layer; without padding, whether it counts is as good as the default."""
    if len(node.attributes["kernel_shape"]) == 1:
        size = onnx_window_of_sequence(node)
        return Read(AvgPool1d(*size, size[2] == 0 or bool(node.get("count_include_pad", 0))))
    window = onnx_window(node)
    return Read(AvgPool(*window, window[2] == (0, 0) or bool(node.get("count_include_pad", 0))))


BRIDGE = Bridge(
    to_torch=to_torch,
    from_torch={"torch.nn.AvgPool2d": from_torch},
    to_onnx=to_onnx,
    from_onnx={"AveragePool": from_onnx},
    description=AvgPool,
    kinds=("avgpool",),
)
