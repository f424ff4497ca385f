"""Concat: `torch.cat` in a module of ours, `Concat` in ONNX."""

from typing import Any

from pellucid.interop.bridge import Bridge, NoCounterpart, PlacedLayer
from pellucid.interop.onnx_graph import OnnxGraph
from pellucid.nets import Concat

__all__ = ["BRIDGE"]


def to_torch(layer: PlacedLayer) -> Any:
    """Return the module, which takes several tensors."""
    from pellucid.interop.torch_modules import Concatenation

    return Concatenation(layer.options["axis"])


def to_onnx(graph: OnnxGraph, layer: PlacedLayer, inputs: list[str]) -> str:
    """Append the node."""
    return graph.node("Concat", inputs, layer.name, axis=layer.options["axis"] + 1)


BRIDGE = Bridge(
    to_torch=to_torch,
    from_torch=NoCounterpart("it is read from the calls of a module"),
    to_onnx=to_onnx,
    from_onnx=NoCounterpart("the reader of graphs reads a Concat of values"),
    description=Concat,
    kinds=("concat",),
    keras=NoCounterpart(
        "networks are written and read with its values joined, and in other shapes, by `interop.keras`"
    ),
)
