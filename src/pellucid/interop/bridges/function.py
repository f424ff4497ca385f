"""Function: in PyTorch a module that calls the layer's own pair of functions; ONNX has nothing that could compute it."""

from typing import Any

from pellucid.interop import InteropError
from pellucid.interop.bridge import Bridge, NoCounterpart, PlacedLayer
from pellucid.nets import Function

__all__ = ["BRIDGE", "to_torch"]


def to_torch(layer: PlacedLayer) -> Any:
    """Return a module that calls the operation's own pair of functions; bridges of other layers with a pair may use it, too."""
    from pellucid.interop.torch_modules import FunctionModule

    if layer.operation.pair is None:
        raise InteropError(f"to_torch: {layer.name} ({layer.operation.kind}) has no pair of functions of its own")
    return FunctionModule(*layer.operation.pair, layer.name, layer.arrays)


BRIDGE = Bridge(
    to_torch=to_torch,
    from_torch=NoCounterpart("a module cannot give back the functions' descriptions"),
    to_onnx=NoCounterpart("only its Python functions say what it computes"),
    from_onnx=NoCounterpart("only its Python functions say what it computes"),
    description=Function,
    kinds=("function",),
)
