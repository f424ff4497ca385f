"""Multiply: the product of two values, a module of ours in PyTorch, `Mul` in ONNX, numbers of channels with two axes more."""

from typing import Any

import numpy as np

from pellucid.interop.bridge import Bridge, NoCounterpart, PlacedLayer
from pellucid.interop.onnx_graph import OnnxGraph
from pellucid.nets import Multiply

__all__ = ["BRIDGE"]


def to_torch(layer: PlacedLayer) -> Any:
    """Return the module, which takes two tensors."""
    from pellucid.interop.torch_modules import Product

    return Product()


def to_onnx(graph: OnnxGraph, layer: PlacedLayer, inputs: list[str]) -> str:
    """Append the node; one number for each channel, (N, C), becomes (N, C, 1, 1)."""
    a, b = inputs
    of_image, of_factor = layer.input_shapes
    if len(of_image) == 3 and len(of_factor) == 1:
        shape = graph.constant(f"{layer.name}.shape", np.array([0, -1, 1, 1], np.int64))
        b = graph.node("Reshape", [b, shape], f"{layer.name}.factor")
    return graph.node("Mul", [a, b], layer.name)


BRIDGE = Bridge(
    to_torch=to_torch,
    from_torch=NoCounterpart("sums are read from the calls of a module"),
    to_onnx=to_onnx,
    from_onnx=NoCounterpart("the reader of graphs reads a Mul of two values"),
    description=Multiply,
    kinds=("multiply",),
    keras=NoCounterpart(
        "networks are written and read with its values joined, and in other shapes, by `interop.keras`"
    ),
)
