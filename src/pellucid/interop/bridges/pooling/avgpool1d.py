"""AvgPool1d: `nn.AvgPool1d` in PyTorch, an `AveragePool` of one axis in ONNX."""

from collections.abc import Sequence
from typing import Any

from pellucid.interop.bridge import Bridge, KerasBridge, KerasLayer, NoCounterpart, PlacedLayer
from pellucid.interop.bridges.maxpool import (
    needs_ceil,
    onnx_settings_of_sequence,
    read_window_of_sequence,
    torch_window,
)
from pellucid.interop.constants import NoLayerError
from pellucid.interop.keras_layers import keras_padding_of_sequence, named
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


def to_keras(layer: PlacedLayer) -> Sequence[KerasLayer]:
    """Return the layer, after one that pads with zeros where they count."""
    from keras import layers

    padding, ends = keras_padding_of_sequence(layer)
    counts = layer.options.get("count_include_pad", True) and layer.options.get("pad", 0) > 0
    before = []
    if counts and not layer.options.get("ceil_mode", False):
        before, padding = [KerasLayer(layers.ZeroPadding1D(ends, **named(layer, "_pad")))], "valid"
    elif padding is None or counts:
        raise NoLayerError("Keras counts padding in no mean of its own")
    settings = layer.options["size"], layer.options["stride"], padding
    return [*before, KerasLayer(layers.AveragePooling1D(*settings, **named(layer)))]


BRIDGE = Bridge(
    to_torch=to_torch,
    from_torch={"torch.nn.AvgPool1d": from_torch},
    to_onnx=to_onnx,
    from_onnx=NoCounterpart("the bridge of AvgPool reads an AveragePool of one axis, too"),
    description=AvgPool1d,
    kinds=("avgpool1d",),
    keras=KerasBridge(to_keras),  # the bridge of AvgPool reads it
)
