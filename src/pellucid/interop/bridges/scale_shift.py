"""ScaleShift: a module of ours in PyTorch; `Mul` and `Add` in ONNX, which are read as arithmetic with constants."""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from pellucid.interop.bridge import Bridge, KerasBridge, KerasLayer, KerasPart, NoCounterpart, PlacedLayer, TorchArray
from pellucid.interop.constants import NoLayerError
from pellucid.interop.keras_layers import filled, named
from pellucid.interop.onnx_graph import OnnxGraph
from pellucid.nets import ScaleShift

__all__ = ["BRIDGE"]


def to_torch(layer: PlacedLayer) -> Any:
    """Return the module."""
    from pellucid.interop.torch_modules import ScaleModule

    description: Any = layer.description
    return ScaleModule(description.each, layer.arrays["scale"].shape)


def from_torch(name: str, module: Any) -> ScaleShift:
    """Return the description of our own module."""
    return ScaleShift(module.each)


def to_onnx(graph: OnnxGraph, layer: PlacedLayer, inputs: list[str]) -> str:
    """Append the product and the sum."""
    description: Any = layer.description
    shape = (-1, *[1] * (len(layer.input_shape) - 1)) if description.each == "channel" else None
    arrays = {name: array if shape is None else array.reshape(shape) for name, array in layer.arrays.items()}
    scale, shift = graph.arrays(layer.name, arrays)
    return graph.node("Add", [graph.node("Mul", [*inputs, scale], f"{layer.name}.scaled"), shift], layer.name)


def to_keras(layer: PlacedLayer) -> Sequence[KerasLayer]:
    """Return an EinsumDense that multiplies by entries or channels; a number for a whole sample becomes a constant."""
    from keras import layers

    description: Any = layer.description
    if description.each == "sample":
        scale, shift = (float(layer.arrays[name][0]) for name in ("scale", "shift"))
        return [KerasLayer(layers.Rescaling(scale, shift, **named(layer)))]
    sizes = (*layer.shape[1:], layer.shape[0])
    axes = "abc"[: len(sizes) - 1] + "d"
    own = "d" if description.each == "channel" else axes
    weights = {"kernel": layer.arrays["scale"], "bias": layer.arrays["shift"]}
    turned = {name: np.moveaxis(array, 0, -1) for name, array in weights.items()}
    layered = layers.EinsumDense(f"z{axes},{own}->z{axes}", sizes, bias_axes=own, **named(layer))
    return [KerasLayer(layered, turned)]


def from_keras(source: Any, shape: tuple[int, ...]) -> Sequence[KerasPart]:
    """Return what computes an EinsumDense that multiplies entry by entry, or along the channels."""
    inputs, own, out = re.fullmatch(r"(\w+),(\w+)->(\w+)", source.equation.replace(" ", "")).groups()  # type: ignore[union-attr]
    each = {out[-1]: "channel", out[1:]: "entry"}.get(own)
    if inputs != out or each is None or source.bias_axes not in (None, own):
        raise NoLayerError(f"the sum {source.equation} has no counterpart")
    if len(shape) == 1:
        each = "channel"
    arrays = filled(source, {"scale": "kernel", "shift": "bias"})
    return [KerasPart(ScaleShift(each), {name: np.moveaxis(array, -1, 0) for name, array in arrays.items()})]


BRIDGE = Bridge(
    to_torch=to_torch,
    from_torch={"pellucid.interop.torch_modules.ScaleModule": from_torch},
    to_onnx=to_onnx,
    from_onnx=NoCounterpart("the reader of graphs reads arithmetic with constants, which is several nodes"),
    arrays={"scale": TorchArray("weight"), "shift": TorchArray("bias")},
    description=ScaleShift,
    kinds=("scale_shift",),
    keras=KerasBridge(to_keras, {"EinsumDense": from_keras}),
)
