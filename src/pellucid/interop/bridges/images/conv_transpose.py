"""ConvTranspose: `nn.ConvTranspose2d` in PyTorch, `ConvTranspose` in ONNX; weights have the same layout in all three."""

from collections.abc import Sequence
from typing import Any

from pellucid.interop.bridge import Bridge, KerasBridge, KerasLayer, KerasPart, PlacedLayer, refused
from pellucid.interop.constants import NoLayerError
from pellucid.interop.keras_layers import filled, framed, named, only, only_bias, sizes, weight_array
from pellucid.interop.onnx_graph import OnnxGraph, OnnxNode, Read
from pellucid.nets import ConvTranspose

__all__ = ["BRIDGE"]


def to_torch(layer: PlacedLayer) -> Any:
    """Return the module."""
    from torch import nn

    channels, of_group, *kernel = layer.arrays["weight"].shape
    settings, groups = (
        (layer.options[name] for name in ("stride", "pad", "output_padding")),
        layer.options.get("groups", 1),
    )
    apart = layer.options.get("dilation", 1)
    return nn.ConvTranspose2d(channels, of_group * groups, tuple(kernel), *settings, groups=groups, dilation=apart)


def from_torch(name: str, module: Any) -> ConvTranspose:
    """Return the description."""
    if module.padding_mode != "zeros":
        raise refused(name, f"a convolution padded with {module.padding_mode!r} instead of zeros")
    kernel, stride, pad, more, apart = (
        tuple(size)
        for size in (module.kernel_size, module.stride, module.padding, module.output_padding, module.dilation)
    )
    settings = {"output_padding": more, "groups": module.groups, "dilation": apart}
    return ConvTranspose(module.out_channels, kernel, stride=stride, pad=pad, **settings)


def to_onnx(graph: OnnxGraph, layer: PlacedLayer, inputs: list[str]) -> str:
    """Append the node."""
    stride, pad, more = (list(layer.options[name]) for name in ("stride", "pad", "output_padding"))
    inputs = inputs + graph.arrays(layer.name, layer.arrays)
    settings = {
        "strides": stride,
        "pads": [*pad, *pad],
        "output_padding": more,
        "group": layer.options.get("groups", 1),
        "dilations": list(layer.options.get("dilation", (1, 1))),
    }
    return graph.node("ConvTranspose", inputs, layer.name, **settings)


def from_onnx(node: OnnxNode) -> Read:
    """Return the layer; without a bias, one of 0."""
    weight = node.needed(1)
    if weight.ndim != 4:
        raise node.refused("only transposed convolutions of images are supported")
    node.only(auto_pad="NOTSET")
    if "output_shape" in node.attributes:
        raise node.refused("the size of its output must follow from its padding")
    kernel, stride = weight.shape[2:], tuple(node.get("strides", [1, 1]))
    more, groups = tuple(node.get("output_padding", [0, 0])), node.get("group", 1)
    pads = node.symmetric_pads(kernel)
    settings = {"output_padding": more, "groups": groups, "dilation": tuple(node.get("dilations", [1, 1]))}
    layer = ConvTranspose(weight.shape[1] * groups, kernel, stride=stride, pad=pads, **settings)
    return Read(layer, (weight, node.array(2)))


def to_keras(layer: PlacedLayer) -> Sequence[KerasLayer]:
    """Return the layer; rows and columns that `pad` takes away are cropped after it."""
    from keras import layers

    _, filters, *kernel = layer.arrays["weight"].shape
    stride, pad, more = layer.options["stride"], layer.options["pad"], layer.options["output_padding"]
    if layer.options.get("groups", 1) != 1:
        raise NoLayerError("groups of a transposed convolution have no counterpart")
    if "dilation" in layer.options:
        raise NoLayerError("a dilated transposed convolution has no counterpart that is the same on every backend")
    conv = layers.Conv2DTranspose(
        filters, tuple(kernel), strides=stride, use_bias="bias" in layer.arrays, **named(layer)
    )
    weights = {"kernel": layer.arrays["weight"].transpose(2, 3, 1, 0)} | only_bias(layer)
    extra = [max(step - window, 0) for step, window in zip(stride, kernel, strict=True)]  # that Keras appends
    crop = tuple((before, before + beyond - late) for before, beyond, late in zip(pad, extra, more, strict=True))
    if min(map(min, crop)) < 0:
        raise NoLayerError(f"output_padding={more} has no counterpart that is the same on every backend of Keras")
    after = [KerasLayer(layers.Cropping2D(crop, **named(layer, "_crop")))] if any(map(any, crop)) else []
    return [KerasLayer(conv, weights), *after]


def from_keras(source: Any, shape: tuple[int, ...]) -> Sequence[KerasPart]:
    """Return what computes the layer, and what crops its last rows and columns, where Keras's "same" takes more of them."""
    only(source, dilation_rate=(1, 1))
    kernel = weight_array(source, "kernel")
    assert kernel is not None
    window, stride = (kernel.shape[0], kernel.shape[1]), sizes(source.strides)
    given = (None, None) if source.output_padding is None else sizes(source.output_padding)
    crops = [_crop(*each, source.padding) for each in zip(window, stride, given, strict=True)]
    pad = crops[0][0], crops[1][0]
    beyond = [after - before for before, after in crops]
    more = max(-beyond[0], 0), max(-beyond[1], 0)
    layer = ConvTranspose(source.filters, window, stride, pad, more)
    weight = kernel.transpose(3, 2, 0, 1)
    part = KerasPart(layer, filled(source, {"bias": "bias"}, weight=weight))
    ends = [(0, -max(each, 0)) for each in beyond]
    return [part, framed(source.filters, ends)] if max(beyond) > 0 else [part]


def _crop(window: int, stride: int, given: int | None, padding: str) -> tuple[int, int]:
    """Return how much Keras crops of (n - 1) * stride + window at the beginning and at the end; less than 0: it appends."""
    if padding == "valid":
        return 0, window - max(window, stride) if given is None else -given
    padded = stride + window - 2 if given is None else window + window % 2 - 2 + given
    before = min(padded // 2 + padded % 2, window - 1)
    return window - 1 - before, window - 1 - (padded - before)


BRIDGE = Bridge(
    to_torch=to_torch,
    from_torch={"torch.nn.ConvTranspose2d": from_torch},
    to_onnx=to_onnx,
    from_onnx={"ConvTranspose": from_onnx},
    description=ConvTranspose,
    kinds=("conv_transpose",),
    keras=KerasBridge(to_keras, {"Conv2DTranspose": from_keras}),
)
