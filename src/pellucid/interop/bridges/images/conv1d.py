"""Conv1d: `nn.Conv1d` in PyTorch; in ONNX a Conv of one axis, which the reader of graphs calls Conv1d."""

from collections.abc import Sequence
from typing import Any

from pellucid.interop.bridge import Bridge, KerasBridge, KerasLayer, KerasPart, PlacedLayer, refused
from pellucid.interop.keras_layers import filled, named, only_bias, padding_of, weight_array
from pellucid.interop.onnx_graph import OnnxGraph, OnnxNode, Read
from pellucid.layers.convolutions.padding import by_side
from pellucid.nets import Conv1d

__all__ = ["BRIDGE"]


def to_torch(layer: PlacedLayer) -> Any:
    """Return the module; one of ours where the padding differs from end to end."""
    from torch import nn

    filters, of_group, taps = layer.arrays["weight"].shape
    options = layer.options
    settings = {name: options[name] for name in ("stride", "dilation", "groups")}
    pad, ends = getattr(layer.description, "pad", 0), options["pad"]
    if pad == "same" and options["stride"] == 1:
        return nn.Conv1d(of_group * options["groups"], filters, taps, padding="same", **settings)
    if ends[0] == ends[1] and isinstance(pad, int):
        return nn.Conv1d(of_group * options["groups"], filters, taps, padding=ends[0], **settings)
    from pellucid.interop.torch_modules import PaddedConv1d

    return PaddedConv1d(of_group * options["groups"], filters, taps, pad=pad, ends=ends, **settings)


def from_torch(name: str, module: Any) -> Conv1d:
    """Return the description."""
    if module.padding_mode != "zeros":
        raise refused(name, f"a convolution padded with {module.padding_mode!r} instead of zeros")
    pad: Any = {"same": "same", "valid": 0}[module.padding] if isinstance(module.padding, str) else module.padding[0]
    pad = getattr(module, "pad", pad)  # of our own module
    settings = {"dilation": module.dilation[0], "groups": module.groups}
    return Conv1d(module.out_channels, module.kernel_size[0], stride=module.stride[0], pad=pad, **settings)


def to_onnx(graph: OnnxGraph, layer: PlacedLayer, inputs: list[str]) -> str:
    """Append the node."""
    options = layer.options
    inputs = inputs + graph.arrays(layer.name, layer.arrays)
    settings = {"strides": [options["stride"]], "pads": [*options["pad"]], "dilations": [options["dilation"]]}
    return graph.node("Conv", inputs, layer.name, **settings, group=options["groups"])


def from_onnx(node: OnnxNode) -> Read:
    """Return the layer, of a Conv whose weight has one axis of taps; without a bias, one of 0."""
    weight, auto = node.needed(1), node.get("auto_pad", "NOTSET")
    ends = list(node.get("pads", [0, 0])) if auto == "NOTSET" else [0, 0]
    if auto.startswith("SAME"):
        ends = node.same_pads(auto, weight.shape[2:])
    pad = ends[0] if ends[0] == ends[1] else (ends[0], ends[1])
    steps = [int(node.get(name, [1])[0]) for name in ("strides", "dilations")]
    layer = Conv1d(
        weight.shape[0], weight.shape[2], stride=steps[0], pad=pad, dilation=steps[1], groups=node.get("group", 1)
    )
    return Read(layer, (weight, node.array(2)))


def to_keras(layer: PlacedLayer) -> Sequence[KerasLayer]:
    """Return the layer, after one that pads where "valid", "same" and "causal" do not."""
    from keras import layers

    filters, _, taps = layer.arrays["weight"].shape
    options, ends = layer.options, tuple(layer.options["pad"])
    same = by_side(
        "to_keras", "same", (layer.input_shape[1], 1), (taps, 1), (options["stride"], 1), (options["dilation"], 1)
    )
    padding = "valid" if not any(ends) else "same" if ends == same[0] else None
    if padding is None and ends == ((taps - 1) * options["dilation"], 0):
        padding = "causal"
    before = [KerasLayer(layers.ZeroPadding1D(ends, **named(layer, "_pad")))] if padding is None else []
    settings = {"strides": options["stride"], "dilation_rate": options["dilation"], "groups": options["groups"]}
    conv = layers.Conv1D(
        filters, taps, padding=padding or "valid", use_bias="bias" in layer.arrays, **settings, **named(layer)
    )
    return [*before, KerasLayer(conv, {"kernel": layer.arrays["weight"].transpose(2, 1, 0)} | only_bias(layer))]


def from_keras(source: Any, shape: tuple[int, ...]) -> Sequence[KerasPart]:
    """Return what computes the layer."""
    kernel = weight_array(source, "kernel")
    assert kernel is not None
    taps, stride, dilation = kernel.shape[0], int(source.strides[0]), int(source.dilation_rate[0])
    covered = dilation * (taps - 1)
    ends = (covered, 0) if source.padding == "causal" else padding_of(source, (shape[1], 1), (taps, 1), (stride, 1))[0]
    pad: Any = ends[0] if ends[0] == ends[1] else ends
    conv = Conv1d(source.filters, taps, stride, pad, dilation=dilation, groups=source.groups)
    return [KerasPart(conv, filled(source, {"bias": "bias"}, weight=kernel.transpose(2, 1, 0)))]


BRIDGE = Bridge(
    to_torch=to_torch,
    from_torch={
        "torch.nn.Conv1d": from_torch,
        "pellucid.interop.torch_modules.PaddedConv1d": from_torch,
    },
    to_onnx=to_onnx,
    from_onnx={"Conv1d": from_onnx},
    description=Conv1d,
    kinds=("conv1d",),
    keras=KerasBridge(to_keras, {"Conv1D": from_keras}),
)
