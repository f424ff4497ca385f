"""MaxPool1d: `nn.MaxPool1d` in PyTorch, a `MaxPool` of one axis in ONNX."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from pellucid.interop.bridge import Bridge, KerasBridge, KerasLayer, NoCounterpart, PlacedLayer, refused
from pellucid.interop.bridges.maxpool import (
    needs_ceil,
    onnx_settings_of_sequence,
    read_window_of_sequence,
    torch_window,
)
from pellucid.interop.keras_layers import keras_padding_of_sequence, named
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


def to_keras(layer: PlacedLayer) -> Sequence[KerasLayer]:
    """Return the layer, after one that pads with the lowest number where "valid" and "same" do not."""
    from keras import layers, ops

    padding, ends = keras_padding_of_sequence(layer)
    settings = layer.options["size"], layer.options["stride"], padding or "valid"
    pool = KerasLayer(layers.MaxPooling1D(*settings, **named(layer)))
    if padding is not None:
        return [pool]
    lowest = float(np.finfo(np.float32).min)
    return [KerasLayer(lambda x: ops.pad(x, ((0, 0), ends, (0, 0)), "constant", lowest)), pool]


BRIDGE = Bridge(
    to_torch=to_torch,
    from_torch={"torch.nn.MaxPool1d": from_torch},
    to_onnx=to_onnx,
    from_onnx=NoCounterpart("the bridge of MaxPool reads a MaxPool of one axis, too"),
    description=MaxPool1d,
    kinds=("maxpool1d",),
    keras=KerasBridge(to_keras),  # the bridge of MaxPool reads it
)
