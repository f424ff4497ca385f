"""ScaleShift: a module of ours in PyTorch; `Mul` and `Add` in ONNX, which are read as arithmetic with constants."""

from typing import Any

from pellucid.interop.bridge import Bridge, NoCounterpart, PlacedLayer, TorchArray
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


BRIDGE = Bridge(
    to_torch=to_torch,
    from_torch={"pellucid.interop.torch_modules.ScaleModule": from_torch},
    to_onnx=to_onnx,
    from_onnx=NoCounterpart("the reader of graphs reads arithmetic with constants, which is several nodes"),
    arrays={"scale": TorchArray("weight"), "shift": TorchArray("bias")},
    description=ScaleShift,
    kinds=("scale_shift",),
)
