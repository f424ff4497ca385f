"""ChannelDropout: `nn.Dropout2d` in PyTorch; in ONNX, whose files are for inference, a node that passes its input on."""

from collections.abc import Sequence
from typing import Any

from pellucid.interop.bridge import (
    Bridge,
    KerasBridge,
    KerasLayer,
    KerasPart,
    NoCounterpart,
    PlacedLayer,
    complement,
    refused,
)
from pellucid.interop.keras_layers import drop_of, named
from pellucid.interop.onnx_graph import OnnxGraph
from pellucid.nets import ChannelDropout

__all__ = ["BRIDGE"]


def to_torch(layer: PlacedLayer) -> Any:
    """Return the module."""
    from torch import nn

    return nn.Dropout2d(complement(layer.options["keep"]))


def from_torch(name: str, module: Any) -> ChannelDropout:
    """Return the description."""
    if module.p == 1:
        raise refused(name, "dropout of everything")
    return ChannelDropout(drop=module.p)


def to_onnx(graph: OnnxGraph, layer: PlacedLayer, inputs: list[str]) -> str:
    """Append a node that passes its input on."""
    return graph.node("Identity", inputs, layer.name)


def to_keras(layer: PlacedLayer) -> Sequence[KerasLayer]:
    """Return the layer: of features, whose channels are entries, one that drops entries."""
    from keras import layers

    kinds = {1: layers.Dropout, 2: layers.SpatialDropout1D, 3: layers.SpatialDropout2D}
    return [KerasLayer(kinds[len(layer.shape)](complement(layer.options["keep"]), **named(layer)))]


def from_keras(source: Any, shape: tuple[int, ...]) -> Sequence[KerasPart]:
    """Return what computes the layer."""
    return [KerasPart(ChannelDropout(drop=drop_of(source)))]


BRIDGE = Bridge(
    to_torch=to_torch,
    from_torch={"torch.nn.Dropout2d": from_torch},
    to_onnx=to_onnx,
    from_onnx=NoCounterpart("inference passes its input on, and does not say that channels were dropped in training"),
    description=ChannelDropout,
    kinds=("channel_dropout",),
    keras=KerasBridge(to_keras, {"SpatialDropout1D": from_keras, "SpatialDropout2D": from_keras}),
)
