"""MaxPool1d: `nn.MaxPool1d` in PyTorch, a `MaxPool` of one axis in ONNX."""

from typing import Any

from pellucid.interop.bridge import Bridge, NoCounterpart, PlacedLayer, refused
from pellucid.interop.bridges.maxpool import (
    needs_ceil,
    onnx_settings_of_sequence,
    read_window_of_sequence,
    torch_window,
)
from pellucid.interop.onnx_graph import OnnxGraph
from pellucid.nets import MaxPool1d

__all__ = ["BRIDGE"]


def to_torch(layer: PlacedLayer) -> Any:
    """Return the module."""
    from torch import nn

    return nn.MaxPool1d(*torch_window(layer), ceil_mode=needs_ceil(layer))


def from_torch(name: str, module: Any) -> MaxPool1d:
    """Return the description."""
    if module.dilation not in (1, (1,)):
        raise refused(name, "pooling with dilation")
    return MaxPool1d(*read_window_of_sequence(module))


def to_onnx(graph: OnnxGraph, layer: PlacedLayer, inputs: list[str]) -> str:
    """Append the node."""
    return graph.node("MaxPool", inputs, layer.name, **onnx_settings_of_sequence(layer))


BRIDGE = Bridge(
    to_torch=to_torch,
    from_torch={"torch.nn.MaxPool1d": from_torch},
    to_onnx=to_onnx,
    from_onnx=NoCounterpart("the bridge of MaxPool reads a MaxPool of one axis, too"),
    description=MaxPool1d,
    kinds=("maxpool1d",),
)
