"""Function: in PyTorch a module that calls the layer's own pair of functions; ONNX has nothing that could compute it."""

from typing import Any

from pellucid.interop import InteropError
from pellucid.interop.bridge import Bridge, NoCounterpart, PlacedLayer
from pellucid.nets import Function

__all__ = ["BRIDGE"]


def to_torch(layer: PlacedLayer) -> Any:
    """Return a module that calls the pair of functions."""
    from pellucid.interop.torch_modules import FunctionModule

    if not isinstance(layer.description, Function):
        raise InteropError(f"to_torch: {layer.name} must be a Function; got a {type(layer.description).__name__}")
    return FunctionModule(layer.description.forward, layer.description.backward, layer.name, layer.arrays)


BRIDGE = Bridge(
    to_torch=to_torch,
    from_torch=NoCounterpart("a module cannot give back the functions' descriptions"),
    to_onnx=NoCounterpart("only its Python functions say what it computes"),
    from_onnx=NoCounterpart("only its Python functions say what it computes"),
    description=Function,
    kinds=("function",),
    keras=NoCounterpart("none of its layers calls a hand-written pair"),
)
