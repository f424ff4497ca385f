"""MaxPool: `nn.MaxPool2d` in PyTorch, `MaxPool` in ONNX; what both pooling bridges share."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from pellucid.interop.bridge import Bridge, KerasBridge, KerasLayer, KerasPart, PlacedLayer, refused
from pellucid.interop.keras_layers import keras_padding, named, pool_window
from pellucid.interop.onnx_graph import OnnxGraph, OnnxNode, Read
from pellucid.nets import MaxPool, MaxPool1d

__all__ = [
    "BRIDGE",
    "Sizes",
    "needs_ceil",
    "onnx_settings",
    "onnx_settings_of_sequence",
    "onnx_window",
    "onnx_window_of_sequence",
    "read_window",
    "read_window_of_sequence",
    "torch_window",
]

Sizes = int | tuple[int, int]


def to_torch(layer: PlacedLayer) -> Any:
    """Return the module."""
    from torch import nn

    return nn.MaxPool2d(*torch_window(layer), ceil_mode=needs_ceil(layer))


def from_torch(name: str, module: Any) -> MaxPool:
    """Return the description."""
    if torch_sizes(module.dilation) not in (1, (1, 1)):
        raise refused(name, "pooling with dilation")
    return MaxPool(*read_window(module))


def to_onnx(graph: OnnxGraph, layer: PlacedLayer, inputs: list[str]) -> str:
    """Append the node."""
    return graph.node("MaxPool", inputs, layer.name, **onnx_settings(layer))


def from_onnx(node: OnnxNode) -> Read:
    """Return the layer, of images or of sequences."""
    if len(node.attributes["kernel_shape"]) == 1:
        return Read(MaxPool1d(*onnx_window_of_sequence(node)))
    return Read(MaxPool(*onnx_window(node)))


def torch_sizes(value: Any) -> Sizes:
    """Return a module's setting, one number or one for each axis, as a description takes it."""
    return tuple(value) if isinstance(value, (tuple, list)) else value


def torch_window(layer: PlacedLayer) -> tuple[Sizes, Sizes, Sizes]:
    """Return size, stride and padding as a module takes them."""
    return layer.options["size"], layer.options["stride"], layer.options.get("pad", 0)


def needs_ceil(layer: PlacedLayer) -> bool:
    """Whether `ceil_mode` adds a window. ONNX Runtime counts one that begins in the padding, which PyTorch leaves out."""
    if not layer.options.get("ceil_mode", False):
        return False
    windows = (np.atleast_1d(sizes) for sizes in torch_window(layer))
    free = [(n + 2 * p - k) // s + 1 for n, k, s, p in zip(layer.input_shape[1:], *windows, strict=True)]
    return free != list(layer.shape[1:])


def read_window(module: Any) -> tuple[Sizes, Sizes, Sizes, bool]:
    """Return size, stride, pad and ceil_mode of a module of pooling."""
    window = torch_sizes(module.kernel_size), torch_sizes(module.stride), torch_sizes(module.padding)
    return *window, module.ceil_mode


def onnx_settings(layer: PlacedLayer) -> dict[str, Any]:
    """Return the attributes of a pooling node."""
    size, stride, pad = torch_window(layer)
    settings: dict[str, Any] = {"kernel_shape": list(size), "strides": list(stride)}  # type: ignore[arg-type]
    if "pad" in layer.options:
        settings |= {"pads": [*pad, *pad], "ceil_mode": int(needs_ceil(layer))}  # type: ignore[misc]
    return settings


def onnx_window(node: OnnxNode) -> tuple[Sizes, Sizes, Sizes, bool]:
    """Return size, stride, pad and ceil_mode of a pooling node; refuse dilation and padding that differs from side to side."""
    size = tuple(node.attributes["kernel_shape"])
    if len(size) != 2:
        raise node.refused(f"only pooling of images is supported; got {len(size)} axes")
    node.only(dilations=[1, 1])
    return size, tuple(node.get("strides", [1, 1])), node.symmetric_pads(size), bool(node.get("ceil_mode", 0))


def to_keras(layer: PlacedLayer) -> Sequence[KerasLayer]:
    """Return the layer, after one that pads with the lowest number where "valid" and "same" do not."""
    from keras import layers, ops

    padding, sides = keras_padding(layer)
    pool = KerasLayer(
        layers.MaxPooling2D(layer.options["size"], layer.options["stride"], padding or "valid", **named(layer))
    )
    if padding is not None:
        return [pool]
    lowest = float(np.finfo(np.float32).min)
    return [KerasLayer(lambda x: ops.pad(x, ((0, 0), *sides, (0, 0)), "constant", lowest)), pool]


def from_keras(source: Any, shape: tuple[int, ...]) -> Sequence[KerasPart]:
    """Return what computes the layer."""
    return [KerasPart(MaxPool(*pool_window(source, shape)))]


def from_global(source: Any, shape: tuple[int, ...]) -> Sequence[KerasPart]:
    """Return what computes a GlobalMaxPooling2D: one window as large as the image."""
    return [KerasPart(MaxPool((shape[1], shape[2])))]


def read_window_of_sequence(module: Any) -> tuple[int, int, int, bool]:
    """Return size, stride, pad and ceil_mode of a module of pooling along a sequence."""
    first = (value[0] if isinstance(value, (tuple, list)) else value for value in read_window(module)[:3])
    size, stride, pad = first
    return size, stride, pad, module.ceil_mode


def onnx_settings_of_sequence(layer: PlacedLayer) -> dict[str, Any]:
    """Return the attributes of a pooling node of one axis."""
    size, stride, pad = torch_window(layer)
    settings: dict[str, Any] = {"kernel_shape": [size], "strides": [stride]}
    if "pad" in layer.options:
        settings |= {"pads": [pad, pad], "ceil_mode": int(needs_ceil(layer))}
    return settings


def onnx_window_of_sequence(node: OnnxNode) -> tuple[int, int, int, bool]:
    """Return size, stride, pad and ceil_mode of a pooling node of one axis."""
    node.only(dilations=[1])
    size, auto = int(node.attributes["kernel_shape"][0]), node.get("auto_pad", "NOTSET")
    ends = list(node.get("pads", [0, 0])) if auto == "NOTSET" else [0, 0]
    if auto.startswith("SAME"):
        ends = node.same_pads(auto, (size,))
    if ends[0] != ends[1]:
        raise node.refused(f"padding must be the same at both ends; got {ends}")
    return size, int(node.get("strides", [1])[0]), ends[0], bool(node.get("ceil_mode", 0))


BRIDGE = Bridge(
    to_torch=to_torch,
    from_torch={"torch.nn.MaxPool2d": from_torch},
    to_onnx=to_onnx,
    from_onnx={"MaxPool": from_onnx},
    description=MaxPool,
    kinds=("maxpool",),
    keras=KerasBridge(
        to_keras,
        {
            "MaxPooling2D": from_keras,
            "MaxPooling1D": from_keras,
            "GlobalMaxPooling2D": from_global,
            "GlobalMaxPooling1D": from_global,
        },
        of_images=True,
    ),
)
