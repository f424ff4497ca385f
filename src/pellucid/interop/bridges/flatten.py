"""Flatten: `nn.Flatten` in PyTorch, `Flatten` in ONNX, where a `Reshape` to rows is read, too."""

from typing import Any

from pellucid.interop.bridge import Bridge, PlacedLayer, refused
from pellucid.interop.onnx_graph import OnnxGraph, OnnxNode, Read
from pellucid.nets import Flatten

__all__ = ["BRIDGE"]


def to_torch(layer: PlacedLayer) -> Any:
    """Return the module."""
    from torch import nn

    return nn.Flatten()


def from_torch(name: str, module: Any) -> Flatten:
    """Return the description."""
    if module.start_dim != 1 or module.end_dim != -1:
        raise refused(name, "flattening of some axes")
    return Flatten()


def to_onnx(graph: OnnxGraph, layer: PlacedLayer, inputs: list[str]) -> str:
    """Append the node."""
    return graph.node("Flatten", inputs, layer.name, axis=1)


def from_flatten(node: OnnxNode) -> Read:
    """Return the layer."""
    if node.axis(1) != 1:
        raise node.refused(f"axis must be 1, which keeps the samples apart; got {node.get('axis', 1)}")
    return Read(Flatten())


def from_reshape(node: OnnxNode) -> Read:
    """Return the layer."""
    shape = node.needed(1).tolist()
    if len(shape) != 2 or (shape[1] != -1 and shape[0] != -1 and shape[0] != 0):
        raise node.refused(f"only a reshape to rows, such as (0, -1), is supported; got {shape}")
    return Read(Flatten())


BRIDGE = Bridge(
    to_torch=to_torch,
    from_torch={"torch.nn.Flatten": from_torch},
    to_onnx=to_onnx,
    from_onnx={"Flatten": from_flatten, "Reshape": from_reshape},
    description=Flatten,
    kinds=("flatten",),
)
