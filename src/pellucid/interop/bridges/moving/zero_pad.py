"""ZeroPad: `F.pad` in a module of ours in PyTorch, which reads `nn.ZeroPad1d` and `nn.ZeroPad2d`, too; `Pad` in ONNX."""

from typing import Any

import numpy as np

from pellucid.interop.bridge import Bridge, NoCounterpart, PlacedLayer, refused
from pellucid.interop.onnx_graph import OnnxGraph
from pellucid.nets import ZeroPad

__all__ = ["BRIDGE"]


def to_torch(layer: PlacedLayer) -> Any:
    """Return the module."""
    from pellucid.interop.torch_modules import ZeroPadModule

    return ZeroPadModule([size for pair in reversed(layer.options["pad"]) for size in pair])


def from_torch(name: str, module: Any) -> ZeroPad:
    """Return the description: PyTorch lists the last axis first."""
    sizes = list(module.padding)
    if min(sizes) < 0:
        raise refused(name, f"padding by {tuple(sizes)}, which cuts")
    pairs = [(sizes[place], sizes[place + 1]) for place in range(0, len(sizes), 2)]
    return ZeroPad(tuple(reversed(pairs)))


def to_onnx(graph: OnnxGraph, layer: PlacedLayer, inputs: list[str]) -> str:
    """Append the node, which lists what stands before each axis, then what stands behind."""
    pads = layer.options["pad"]
    sizes = [0, *(before for before, _ in pads), 0, *(behind for _, behind in pads)]
    return graph.node("Pad", [*inputs, graph.constant(f"{layer.name}.pads", np.array(sizes, np.int64))], layer.name)


BRIDGE = Bridge(
    to_torch=to_torch,
    from_torch={
        "torch.nn.ZeroPad1d": from_torch,
        "torch.nn.ZeroPad2d": from_torch,
        "pellucid.interop.torch_modules.ZeroPadModule": from_torch,
    },
    to_onnx=to_onnx,
    from_onnx=NoCounterpart("the reader of graphs joins it with a convolution that follows, and pads elsewhere"),
    description=ZeroPad,
    kinds=("zero_pad",),
)
