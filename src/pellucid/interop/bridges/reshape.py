"""Reshape: `nn.Unflatten` or a module of ours in PyTorch, `Reshape` in ONNX."""

from typing import Any

import numpy as np

from pellucid.interop.bridge import Bridge, NoCounterpart, PlacedLayer
from pellucid.interop.onnx_graph import OnnxGraph
from pellucid.nets import Reshape

__all__ = ["BRIDGE"]


def to_torch(layer: PlacedLayer) -> Any:
    """Return the module."""
    from pellucid.interop.torch_modules import ReshapeModule

    return ReshapeModule(layer.shape)


def from_torch(name: str, module: Any) -> Reshape:
    """Return the description of our own module."""
    return Reshape(tuple(module.shape))


def to_onnx(graph: OnnxGraph, layer: PlacedLayer, inputs: list[str]) -> str:
    """Append the node, which copies the size of the batch."""
    shape = graph.constant(f"{layer.name}.shape", np.array([0, *layer.shape], np.int64))
    return graph.node("Reshape", [*inputs, shape], layer.name)


BRIDGE = Bridge(
    to_torch=to_torch,
    from_torch={"pellucid.interop.torch_modules.ReshapeModule": from_torch},
    to_onnx=to_onnx,
    from_onnx=NoCounterpart("the reader of graphs follows shapes, and reshapes where a layer needs it"),
    description=Reshape,
    kinds=("reshape",),
    keras=NoCounterpart(
        "networks are written and read with its values joined, and in other shapes, by `interop.keras`"
    ),
)
