"""AvgPool: `nn.AvgPool2d` in PyTorch, `AveragePool` in ONNX. Its window is read as MaxPool's."""

from collections.abc import Sequence
from typing import Any

from pellucid.interop.bridge import Bridge, KerasBridge, KerasLayer, KerasPart, PlacedLayer, refused
from pellucid.interop.bridges.maxpool import (
    needs_ceil,
    onnx_settings,
    onnx_window,
    onnx_window_of_sequence,
    read_window,
    torch_window,
)
from pellucid.interop.constants import NoLayerError
from pellucid.interop.keras_layers import keras_padding, named, pool_window
from pellucid.interop.onnx_graph import OnnxGraph, OnnxNode, Read
from pellucid.nets import AvgPool, AvgPool1d

__all__ = ["BRIDGE"]


def to_torch(layer: PlacedLayer) -> Any:
    """Return the module."""
    from torch import nn

    options = layer.options
    return nn.AvgPool2d(*torch_window(layer), needs_ceil(layer), options.get("count_include_pad", True))


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


def to_keras(layer: PlacedLayer) -> Sequence[KerasLayer]:
    """Return the layer, after one that pads with zeros where they count."""
    from keras import layers

    padding, sides = keras_padding(layer)
    counts = layer.options.get("count_include_pad", True) and any(layer.options.get("pad", (0, 0)))
    before = []
    if counts and not layer.options.get("ceil_mode", False):
        before, padding = [KerasLayer(layers.ZeroPadding2D(sides, **named(layer, "_pad")))], "valid"
    elif padding is None or counts:
        raise NoLayerError("Keras counts padding in no mean of its own")
    pool = layers.AveragePooling2D(layer.options["size"], layer.options["stride"], padding, **named(layer))
    return [*before, KerasLayer(pool)]


def from_keras(source: Any, shape: tuple[int, ...]) -> Sequence[KerasPart]:
    """Return what computes the layer, in which padding does not count."""
    from keras import backend

    size, stride, pad, ceil_mode = pool_window(source, shape)
    if ceil_mode and max(size) > 2 and backend.backend() == "torch":
        raise NoLayerError(
            "padding='same' repeats the last pixels there with Keras's torch backend, unlike with its others"
        )
    return [KerasPart(AvgPool(size, stride, pad, ceil_mode, count_include_pad=not any(pad)))]


BRIDGE = Bridge(
    to_torch=to_torch,
    from_torch={"torch.nn.AvgPool2d": from_torch},
    to_onnx=to_onnx,
    from_onnx={"AveragePool": from_onnx},
    description=AvgPool,
    kinds=("avgpool",),
    keras=KerasBridge(to_keras, {"AveragePooling2D": from_keras, "AveragePooling1D": from_keras}, of_images=True),
)
