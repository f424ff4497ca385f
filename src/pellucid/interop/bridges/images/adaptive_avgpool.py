"""AdaptiveAvgPool: `nn.AdaptiveAvgPool2d` in PyTorch; `AveragePool` in ONNX where the sizes divide, else two products.

PyTorch's module with output size 1 keeps (C, 1, 1), as ours does; `GlobalAvgPool` is another layer, which makes rows.
"""

from collections.abc import Sequence
from typing import Any

from pellucid.interop.bridge import Bridge, KerasBridge, KerasLayer, KerasPart, NoCounterpart, PlacedLayer, refused
from pellucid.interop.keras_layers import named, sizes
from pellucid.interop.onnx_graph import OnnxGraph
from pellucid.layers.resizing.adaptive_avgpool import averaging
from pellucid.nets import AdaptiveAvgPool

__all__ = ["BRIDGE", "size_of"]


def to_torch(layer: PlacedLayer) -> Any:
    """Return the module, spelled out where the sizes do not divide: the older exporter refuses those."""
    import torch

    (_, height, width), (_, out_h, out_w) = layer.input_shape, layer.shape
    if height % out_h == 0 and width % out_w == 0:
        return torch.nn.AdaptiveAvgPool2d(layer.options["output_size"])
    from pellucid.interop.torch_modules import SpelledAdaptiveAvgPool

    down, across = (torch.from_numpy(averaging(*sizes, layer.dtype)) for sizes in ((height, out_h), (width, out_w)))
    return SpelledAdaptiveAvgPool((out_h, out_w), down, across.T)


def from_torch(name: str, module: Any) -> AdaptiveAvgPool:
    """Return the description."""
    return AdaptiveAvgPool(size_of(name, module))


def size_of(name: str, module: Any) -> Any:
    """Return the size that PyTorch's adaptive pooling makes; raise where it depends on the image."""
    size = module.output_size
    if not isinstance(size, (tuple, list)):
        return size
    if None in size:
        raise refused(name, f"adaptive pooling to {size}, whose size depends on the image")
    return tuple(size)


def to_onnx(graph: OnnxGraph, layer: PlacedLayer, inputs: list[str]) -> str:
    """Append the node, or two products with the matrices that average columns and rows."""
    (_, height, width), (_, out_h, out_w) = layer.input_shape, layer.shape
    if height % out_h == 0 and width % out_w == 0:
        size = [height // out_h, width // out_w]
        return graph.node("AveragePool", inputs, layer.name, kernel_shape=size, strides=size)
    across = graph.constant(f"{layer.name}.across", averaging(width, out_w, layer.dtype).T)
    down = graph.constant(f"{layer.name}.down", averaging(height, out_h, layer.dtype))
    rows = graph.node("MatMul", [*inputs, across], f"{layer.name}.rows")
    return graph.node("MatMul", [down, rows], layer.name)


def to_keras(layer: PlacedLayer) -> Sequence[KerasLayer]:
    """Return the layer."""
    from keras import layers

    return [KerasLayer(layers.AdaptiveAveragePooling2D(layer.options["output_size"], **named(layer)))]


def from_keras(source: Any, shape: tuple[int, ...]) -> Sequence[KerasPart]:
    """Return what computes the layer."""
    return [KerasPart(AdaptiveAvgPool(sizes(source.output_size)))]


BRIDGE = Bridge(
    to_torch=to_torch,
    from_torch={
        "torch.nn.AdaptiveAvgPool2d": from_torch,
        "pellucid.interop.torch_modules.SpelledAdaptiveAvgPool": from_torch,
    },
    to_onnx=to_onnx,
    from_onnx=NoCounterpart(
        "it is written as AveragePool, or as two products; no operator says that the size was given"
    ),
    description=AdaptiveAvgPool,
    kinds=("adaptive_avgpool",),
    keras=KerasBridge(to_keras, {"AdaptiveAveragePooling2D": from_keras}),
)
