"""Conv: `nn.Conv2d` in PyTorch, `Conv` in ONNX; weights have the same layout in all three."""

from collections.abc import Sequence
from typing import Any

from pellucid.interop.bridge import Bridge, KerasBridge, KerasLayer, KerasPart, PlacedLayer, refused
from pellucid.interop.constants import NoLayerError
from pellucid.interop.keras_layers import filled, named, only_bias, padding_of, sizes, weight_array
from pellucid.interop.onnx_graph import OnnxGraph, OnnxNode, Read
from pellucid.layers.convolutions.padding import Pads, by_side
from pellucid.nets import Conv

__all__ = ["BRIDGE"]


def to_torch(layer: PlacedLayer) -> Any:
    """Return the module; one of ours where the padding differs from side to side, which PyTorch only has as "same" of stride 1."""
    from torch import nn

    filters, of_group, *kernel = layer.arrays["weight"].shape
    options, pad, sides = layer.options, getattr(layer.description, "pad", 0), _sides(layer)
    groups, dilation, stride = options.get("groups", 1), options.get("dilation", (1, 1)), options["stride"]
    settings = {"stride": stride, "dilation": dilation, "groups": groups}
    if pad == "same" and stride == (1, 1):
        return nn.Conv2d(of_group * groups, filters, tuple(kernel), padding="same", **settings)
    if all(before == after for before, after in sides) and pad != "same":
        return nn.Conv2d(of_group * groups, filters, tuple(kernel), padding=(sides[0][0], sides[1][0]), **settings)
    from pellucid.interop.torch_modules import PaddedConv

    return PaddedConv(of_group * groups, filters, tuple(kernel), pad=pad, sides=sides, **settings)


def from_torch(name: str, module: Any) -> Conv:
    """Return the description."""
    if module.padding_mode != "zeros":
        raise refused(name, f"a convolution padded with {module.padding_mode!r} instead of zeros")
    pad: Any = (
        {"same": "same", "valid": 0}[module.padding] if isinstance(module.padding, str) else tuple(module.padding)
    )
    pad = getattr(module, "pad", pad)  # of our own module
    settings = {"dilation": tuple(module.dilation), "groups": module.groups}
    return Conv(
        module.out_channels, tuple(module.kernel_size), stride=tuple(module.stride), pad=pad, **_unusual(settings)
    )


def to_onnx(graph: OnnxGraph, layer: PlacedLayer, inputs: list[str]) -> str:
    """Append the node."""
    sides = _sides(layer)
    settings = {"strides": list(layer.options["stride"]), "pads": [*(s[0] for s in sides), *(s[1] for s in sides)]}
    if "groups" in layer.options:
        settings |= {"dilations": list(layer.options["dilation"]), "group": layer.options["groups"]}
    return graph.node("Conv", inputs + graph.arrays(layer.name, layer.arrays), layer.name, **settings)


def from_onnx(node: OnnxNode) -> Read:
    """Return the layer; without a bias, one of 0."""
    weight = node.needed(1)
    if weight.ndim != 4:
        raise node.refused("only convolutions of images are supported")
    kernel, stride, sides = weight.shape[2:], tuple(node.get("strides", [1, 1])), node.pads(weight.shape[2:])
    pad = (sides[0][0], sides[1][0]) if all(before == after for before, after in sides) else sides
    settings = {"dilation": tuple(node.get("dilations", [1, 1])), "groups": node.get("group", 1)}
    return Read(Conv(weight.shape[0], kernel, stride=stride, pad=pad, **_unusual(settings)), (weight, node.array(2)))


def _sides(layer: PlacedLayer) -> Pads:
    """Return the padding ((top, bottom), (left, right)); the plain convolution has one number for height and one for width."""
    height, width = layer.options["pad"]
    return (height, width) if isinstance(height, tuple) else ((height, height), (width, width))


def _unusual(settings: dict[str, Any]) -> dict[str, Any]:
    """Return the settings that differ from the defaults of a description."""
    return {name: value for name, value in settings.items() if value not in (1, (1, 1))}


def to_keras(layer: PlacedLayer) -> Sequence[KerasLayer]:
    """Return the layer, after one that pads where "valid" and "same" do not."""
    from keras import layers

    filters, of_group, *kernel = layer.arrays["weight"].shape
    options, sides = layer.options, _sides(layer)
    groups, dilation, stride = options.get("groups", 1), options.get("dilation", (1, 1)), options["stride"]
    if max(stride) > 1 and max(dilation) > 1:
        raise NoLayerError("dilation together with a stride has no counterpart")
    same = by_side("to_keras", "same", layer.input_shape[1:], (kernel[0], kernel[1]), stride, dilation)  # type: ignore[arg-type]
    padded = any(any(side) for side in sides)
    before = [KerasLayer(layers.ZeroPadding2D(sides, **named(layer, "_pad")))] if padded and sides != same else []
    settings: dict[str, Any] = {"padding": "same" if padded and sides == same else "valid", "strides": stride}
    settings |= {"dilation_rate": dilation, "use_bias": "bias" in layer.arrays, **named(layer)}
    weight = layer.arrays["weight"].transpose(2, 3, 1, 0)
    if of_group == 1 and groups > 1 and stride[0] == stride[1]:
        depthwise = layers.DepthwiseConv2D(tuple(kernel), depth_multiplier=filters // groups, **settings)
        weight = weight.reshape(*kernel, groups, filters // groups)
        return [*before, KerasLayer(depthwise, {"kernel": weight} | only_bias(layer))]
    conv = layers.Conv2D(filters, tuple(kernel), groups=groups, **settings)
    return [*before, KerasLayer(conv, {"kernel": weight} | only_bias(layer))]


def from_keras(source: Any, shape: tuple[int, ...]) -> Sequence[KerasPart]:
    """Return what computes a Conv2D."""
    kernel = weight_array(source, "kernel")
    assert kernel is not None
    conv = _of_keras(source, shape, source.filters, (kernel.shape[0], kernel.shape[1]), source.groups)
    return [KerasPart(conv, filled(source, {"bias": "bias"}, weight=kernel.transpose(3, 2, 0, 1)))]


def from_depthwise(source: Any, shape: tuple[int, ...]) -> Sequence[KerasPart]:
    """Return what computes a DepthwiseConv2D: as many groups as channels."""
    kernel = weight_array(source, "kernel")
    assert kernel is not None
    height, width, channels, each = kernel.shape
    conv = _of_keras(source, shape, channels * each, (height, width), channels)
    weight = kernel.transpose(2, 3, 0, 1).reshape(channels * each, 1, height, width)
    return [KerasPart(conv, filled(source, {"bias": "bias"}, weight=weight))]


def from_separable(source: Any, shape: tuple[int, ...]) -> Sequence[KerasPart]:
    """Return what computes a SeparableConv2D: a depthwise convolution without bias, then one of single pixels."""
    depth, point = weight_array(source, "depthwise_kernel"), weight_array(source, "pointwise_kernel")
    assert depth is not None
    assert point is not None
    height, width, channels, each = depth.shape
    first = _of_keras(source, shape, channels * each, (height, width), channels)
    weight = depth.transpose(2, 3, 0, 1).reshape(channels * each, 1, height, width)
    second = filled(source, {"bias": "bias"}, weight=point.transpose(3, 2, 0, 1))
    return [KerasPart(first, {"weight": weight}), KerasPart(Conv(source.filters, 1), second)]


def _of_keras(source: Any, shape: tuple[int, ...], filters: int, kernel: tuple[int, int], groups: int) -> Conv:
    stride, dilation = sizes(source.strides), sizes(source.dilation_rate)
    pads = padding_of(source, shape[1:], kernel, stride)
    same = source.padding == "same" and stride == (1, 1)
    pad = "same" if same else (pads[0][0], pads[1][0]) if all(a == b for a, b in pads) else pads
    return Conv(filters, kernel, stride, pad, **_unusual({"dilation": dilation, "groups": groups}))


BRIDGE = Bridge(
    to_torch=to_torch,
    from_torch={
        "torch.nn.Conv2d": from_torch,
        "pellucid.interop.torch_modules.PaddedConv": from_torch,
    },
    to_onnx=to_onnx,
    from_onnx={"Conv": from_onnx},
    description=Conv,
    kinds=("conv", "general_conv"),
    keras=KerasBridge(
        to_keras, {"Conv2D": from_keras, "DepthwiseConv2D": from_depthwise, "SeparableConv2D": from_separable}
    ),
)
