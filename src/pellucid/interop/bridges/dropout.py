"""Dropout: `nn.Dropout` in PyTorch, where p is 1 - keep. ONNX files are for inference, where it does nothing."""

from collections.abc import Sequence
from typing import Any

from pellucid.interop.bridge import Bridge, KerasBridge, KerasLayer, KerasPart, PlacedLayer, complement, refused
from pellucid.interop.keras_layers import drop_of, named
from pellucid.interop.onnx_graph import OnnxGraph, OnnxNode, Read
from pellucid.nets import Dropout

__all__ = ["BRIDGE"]


def to_torch(layer: PlacedLayer) -> Any:
    """Return the module."""
    from torch import nn

    return nn.Dropout(complement(layer.options["keep"]))


def from_torch(name: str, module: Any) -> Dropout:
    """Return the description."""
    if module.p == 1:
        raise refused(name, "dropout of everything")
    return Dropout(drop=module.p)


def to_onnx(graph: OnnxGraph, layer: PlacedLayer, inputs: list[str]) -> str:
    """Append a node that passes its input on."""
    return graph.node("Identity", inputs, layer.name)


def from_onnx(node: OnnxNode) -> Read:
    """Return nothing: inference does without the node."""
    return Read()


def to_keras(layer: PlacedLayer) -> Sequence[KerasLayer]:
    """Return the layer."""
    from keras import layers

    return [KerasLayer(layers.Dropout(complement(layer.options["keep"]), **named(layer)))]


def from_keras(source: Any, shape: tuple[int, ...]) -> Sequence[KerasPart]:
    """Return what computes the layer; nothing where it drops whole samples or axes, which the reader of models says."""
    if source.noise_shape is not None:
        return []
    return [KerasPart(Dropout(drop=drop_of(source)))]


BRIDGE = Bridge(
    to_torch=to_torch,
    from_torch={"torch.nn.Dropout": from_torch},
    to_onnx=to_onnx,
    from_onnx={"Dropout": from_onnx},
    description=Dropout,
    kinds=("dropout",),
    keras=KerasBridge(to_keras, {"Dropout": from_keras}, by_entry=True),
)
