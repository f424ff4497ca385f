"""HardSigmoid: `nn.Hardsigmoid` in PyTorch, `HardSigmoid` in ONNX."""

from typing import Any

from pellucid.interop.bridge import Bridge, PlacedLayer
from pellucid.interop.keras_layers import activation
from pellucid.interop.onnx_graph import OnnxGraph, OnnxNode, Read
from pellucid.nets import HardSigmoid

__all__ = ["BRIDGE"]


def to_torch(layer: PlacedLayer) -> Any:
    """Return the module."""
    from torch import nn

    return nn.Hardsigmoid()


def from_torch(name: str, module: Any) -> HardSigmoid:
    """Return the description."""
    return HardSigmoid()


def to_onnx(graph: OnnxGraph, layer: PlacedLayer, inputs: list[str]) -> str:
    """Append the node."""
    return graph.node("HardSigmoid", inputs, layer.name, alpha=1 / 6, beta=0.5)


def from_onnx(node: OnnxNode) -> Read:
    """Return the layer."""
    alpha, beta = node.get("alpha", 0.2), node.get("beta", 0.5)
    if abs(alpha - 1 / 6) > 1e-6 or abs(beta - 0.5) > 1e-6:
        raise node.refused(f"alpha must be 1/6 and beta 0.5; got {alpha:.7g} and {beta:.7g}")
    return Read(HardSigmoid())


BRIDGE = Bridge(
    to_torch=to_torch,
    from_torch={"torch.nn.Hardsigmoid": from_torch},
    to_onnx=to_onnx,
    from_onnx={"HardSigmoid": from_onnx},
    description=HardSigmoid,
    kinds=("hard_sigmoid",),
    keras=activation("hard_sigmoid", HardSigmoid),
)
