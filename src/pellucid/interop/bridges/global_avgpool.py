"""GlobalAvgPool: ours makes rows (C,), where PyTorch's `nn.AdaptiveAvgPool2d(1)` and ONNX's `GlobalAveragePool` keep (C, 1, 1).

So PyTorch gets a module that takes the mean, and ONNX a `Flatten` after it.
"""

from collections.abc import Sequence
from typing import Any

from pellucid.interop.bridge import Bridge, KerasBridge, KerasLayer, KerasPart, NoCounterpart, PlacedLayer
from pellucid.interop.keras_layers import named
from pellucid.interop.onnx_graph import OnnxGraph
from pellucid.nets import GlobalAvgPool

__all__ = ["BRIDGE"]


def to_torch(layer: PlacedLayer) -> Any:
    """Return the module."""
    from pellucid.interop.torch_modules import GlobalAveragePool

    return GlobalAveragePool()


def from_mean(name: str, module: Any) -> GlobalAvgPool:
    """Return the description of our own module."""
    return GlobalAvgPool()


def to_onnx(graph: OnnxGraph, layer: PlacedLayer, inputs: list[str]) -> str:
    """Append the mean and the step to rows."""
    mean = graph.node("GlobalAveragePool", inputs, f"{layer.name}.mean")
    return graph.node("Flatten", [mean], layer.name, axis=1)


def to_keras(layer: PlacedLayer) -> Sequence[KerasLayer]:
    """Return the layer."""
    from keras import layers

    return [KerasLayer(layers.GlobalAveragePooling2D(**named(layer)))]


def from_keras(source: Any, shape: tuple[int, ...]) -> Sequence[KerasPart]:
    """Return what computes the layer."""
    return [KerasPart(GlobalAvgPool())]


BRIDGE = Bridge(
    to_torch=to_torch,
    from_torch={"pellucid.interop.torch_modules.GlobalAveragePool": from_mean},
    to_onnx=to_onnx,
    from_onnx=NoCounterpart("the reader of graphs reads means over the axes of an image"),
    description=GlobalAvgPool,
    kinds=("global_avgpool",),
    keras=KerasBridge(
        to_keras, {"GlobalAveragePooling2D": from_keras, "GlobalAveragePooling1D": from_keras}, of_images=True
    ),
)
