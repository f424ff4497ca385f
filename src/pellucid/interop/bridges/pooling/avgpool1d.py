"""AvgPool1d: `nn.AvgPool1d` in PyTorch, an `AveragePool` of one axis in ONNX."""

from typing import Any

from pellucid.interop.bridge import Bridge, NoCounterpart, PlacedLayer
from pellucid.interop.bridges.maxpool import (
    needs_ceil,
    onnx_settings_of_sequence,
    read_window_of_sequence,
    torch_window,
)
from pellucid.interop.onnx_graph import OnnxGraph
from pellucid.nets import AvgPool1d

__all__ = ["BRIDGE"]


def to_torch(layer: PlacedLayer) -> Any:
    """Return the module."""
    from torch import nn

    options = layer.options
    return nn.AvgPool1d(*torch_window(layer), needs_ceil(layer), options.get("count_include_pad", True))


def from_torch(name: str, module: Any) -> AvgPool1d:
    """Return the description."""
    return AvgPool1d(*read_window_of_sequence(module), module.count_include_pad)


def to_onnx(graph: OnnxGraph, layer: PlacedLayer, inputs: list[str]) -> str:
    """Append the node."""
    counted = {"count_include_pad": int(layer.options.get("count_include_pad", True))} if "pad" in layer.options else {}
    return graph.node("AveragePool", inputs, layer.name, **onnx_settings_of_sequence(layer), **counted)


BRIDGE = Bridge(
    to_torch=to_torch,
    from_torch={"torch.nn.AvgPool1d": from_torch},
    to_onnx=to_onnx,
    from_onnx=NoCounterpart("the bridge of AvgPool reads an AveragePool of one axis, too"),
    description=AvgPool1d,
    kinds=("avgpool1d",),
)
