"""Clip: `nn.Hardtanh` in PyTorch, `Clip` in ONNX, an operation in Keras. ReLU6 has a bridge of its own."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from pellucid.interop.bridge import Bridge, KerasBridge, KerasLayer, KerasPart, NoCounterpart, PlacedLayer, refused
from pellucid.interop.constants import NoLayerError
from pellucid.interop.onnx_graph import OnnxGraph
from pellucid.nets import Clip, Description, ReLU, ReLU6

__all__ = ["BRIDGE", "clipping"]

NO_END = 1e30  # a bound beyond this cuts nothing


def clipping(low: float | None, high: float | None) -> Description | None:
    """Return what cuts at these bounds; None where they cut nothing. Raises NoLayerError where they leave one number."""
    low = None if low is None or low <= -NO_END else float(low)
    high = None if high is None or high >= NO_END else float(high)
    if low is None and high is None:
        return None
    if low is not None and high is not None and low > high:
        raise NoLayerError(f"it cuts at {low:g} and {high:g}, the lower end above the higher")
    if low is not None and low == high:
        raise NoLayerError(f"it makes every number {low:g}")
    if low == 0 and high is None:
        return ReLU()
    return ReLU6() if (low, high) == (0, 6) else Clip(low, high)


def to_torch(layer: PlacedLayer) -> Any:
    """Return the module."""
    from torch import nn

    low, high = (layer.options[name] for name in ("low", "high"))
    return nn.Hardtanh(-np.inf if low is None else float(low), np.inf if high is None else float(high))


def from_torch(name: str, module: Any) -> Description:
    """Return the description."""
    try:
        layer = clipping(module.min_val, module.max_val)
    except NoLayerError as reason:
        raise refused(name, f"Hardtanh: {reason}, which") from None
    if layer is None:
        raise refused(name, "a Hardtanh that cuts nothing")
    return layer


def to_onnx(graph: OnnxGraph, layer: PlacedLayer, inputs: list[str]) -> str:
    """Append the node, its bounds as constants."""
    bounds = ((name, layer.options[own]) for name, own in (("min", "low"), ("max", "high")))
    names = [
        "" if at is None else graph.constant(f"{layer.name}.{name}", np.array(at, layer.dtype)) for name, at in bounds
    ]
    return graph.node("Clip", inputs + (names if names[1] else names[:1]), layer.name)


def to_keras(layer: PlacedLayer) -> Sequence[KerasLayer]:
    """Return the operation."""
    from keras import ops

    low, high = (layer.options[name] for name in ("low", "high"))
    if low is None:
        return [KerasLayer(lambda x: ops.minimum(x, high))]
    return [KerasLayer((lambda x: ops.maximum(x, low)) if high is None else (lambda x: ops.clip(x, low, high)))]


def from_keras(source: Any, shape: tuple[int, ...]) -> Sequence[KerasPart]:
    """Return what computes a hard tanh."""
    return [KerasPart(Clip(-1.0, 1.0))]


BRIDGE = Bridge(
    to_torch=to_torch,
    from_torch={"torch.nn.Hardtanh": from_torch},
    to_onnx=to_onnx,
    from_onnx=NoCounterpart("the reader of graphs reads every Clip, Max and Min with a number"),
    description=Clip,
    kinds=("clip",),
    keras=KerasBridge(to_keras, {"hard_tanh": from_keras}, by_entry=True),
)
