"""AdaptiveMaxPool: `nn.AdaptiveMaxPool2d` in PyTorch; `MaxPool` in ONNX, of each share where sizes do not divide."""

from collections.abc import Sequence
from typing import Any

from pellucid.interop.bridge import Bridge, KerasBridge, KerasLayer, KerasPart, NoCounterpart, PlacedLayer, refused
from pellucid.interop.bridges.images.adaptive_avgpool import size_of
from pellucid.interop.bridges.moving.slice import append_slice
from pellucid.interop.keras_layers import named, sizes
from pellucid.interop.onnx_graph import OnnxGraph
from pellucid.layers.pooling.adaptive_maxpool import shares
from pellucid.nets import AdaptiveMaxPool

__all__ = ["BRIDGE"]


def to_torch(layer: PlacedLayer) -> Any:
    """Return the module, spelled out where the sizes do not divide: exporters refuse those."""
    (_, height, width), (_, out_h, out_w) = layer.input_shape, layer.shape
    if height % out_h == 0 and width % out_w == 0:
        from torch import nn

        return nn.AdaptiveMaxPool2d(layer.options["output_size"])
    from pellucid.interop.torch_modules import SpelledAdaptiveMaxPool

    return SpelledAdaptiveMaxPool((out_h, out_w), list(shares(height, out_h)), list(shares(width, out_w)))


def from_torch(name: str, module: Any) -> AdaptiveMaxPool:
    """Return the description."""
    if module.return_indices:
        raise refused(name, "adaptive max pooling that returns places")
    return AdaptiveMaxPool(size_of(name, module))


def to_onnx(graph: OnnxGraph, layer: PlacedLayer, inputs: list[str]) -> str:
    """Append one node where the sizes divide; else one for each share of rows, then of columns, side by side."""
    (_, height, width), (_, out_h, out_w) = layer.input_shape, layer.shape
    if height % out_h == 0 and width % out_w == 0:
        size = [height // out_h, width // out_w]
        return graph.node("MaxPool", inputs, layer.name, kernel_shape=size, strides=size)
    rows = _along(graph, f"{layer.name}.rows", inputs, 2, height, out_h)
    return _along(graph, layer.name, [rows], 3, width, out_w)


def _along(graph: OnnxGraph, name: str, inputs: list[str], axis: int, length: int, count: int) -> str:
    parts = []
    for number, (begin, end) in enumerate(shares(length, count)):
        share = append_slice(graph, f"{name}.share{number}", inputs, axis, begin, end)
        size = [end - begin, 1] if axis == 2 else [1, end - begin]
        parts.append(graph.node("MaxPool", [share], f"{name}.largest{number}", kernel_shape=size, strides=size))
    return graph.node("Concat", parts, name, axis=axis)


def to_keras(layer: PlacedLayer) -> Sequence[KerasLayer]:
    """Return the layer."""
    from keras import layers

    return [KerasLayer(layers.AdaptiveMaxPooling2D(layer.options["output_size"], **named(layer)))]


def from_keras(source: Any, shape: tuple[int, ...]) -> Sequence[KerasPart]:
    """Return what computes the layer."""
    return [KerasPart(AdaptiveMaxPool(sizes(source.output_size)))]


BRIDGE = Bridge(
    to_torch=to_torch,
    from_torch={
        "torch.nn.AdaptiveMaxPool2d": from_torch,
        "pellucid.interop.torch_modules.SpelledAdaptiveMaxPool": from_torch,
    },
    to_onnx=to_onnx,
    from_onnx=NoCounterpart("it is written as MaxPool of parts; no operator says that the size was given"),
    description=AdaptiveMaxPool,
    kinds=("adaptive_maxpool",),
    keras=KerasBridge(to_keras, {"AdaptiveMaxPooling2D": from_keras}),
)
