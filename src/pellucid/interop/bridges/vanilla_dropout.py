"""VanillaDropout: a module of ours in PyTorch; a multiplication by `keep` in ONNX files, which are for inference."""

from typing import Any

import numpy as np

from pellucid.interop.bridge import Bridge, NoCounterpart, PlacedLayer
from pellucid.interop.onnx_graph import OnnxGraph
from pellucid.nets import VanillaDropout

__all__ = ["BRIDGE"]


def to_torch(layer: PlacedLayer) -> Any:
    """Return the module."""
    from pellucid.interop.torch_modules import VanillaDropoutModule

    return VanillaDropoutModule(layer.options["keep"])


def from_torch(name: str, module: Any) -> VanillaDropout:
    """Return the description."""
    return VanillaDropout(keep=module.keep)


def to_onnx(graph: OnnxGraph, layer: PlacedLayer, inputs: list[str]) -> str:
    """Append the multiplication."""
    keep = graph.constant(f"{layer.name}.keep", np.array(layer.options["keep"], layer.dtype))
    return graph.node("Mul", [*inputs, keep], layer.name)


BRIDGE = Bridge(
    to_torch=to_torch,
    from_torch={"pellucid.interop.torch_modules.VanillaDropoutModule": from_torch},
    to_onnx=to_onnx,
    from_onnx=NoCounterpart("a multiplication by a number does not say that something was dropped in training"),
    description=VanillaDropout,
    kinds=("vanilla_dropout",),
    keras=NoCounterpart("its dropout scales what it keeps in training, not at inference"),
)
