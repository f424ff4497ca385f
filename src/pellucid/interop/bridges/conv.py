"""Conv: `nn.Conv2d` in PyTorch, `Conv` in ONNX; weights have the same layout in all three."""

from typing import Any

from pellucid.interop.bridge import Bridge, PlacedLayer, refused
from pellucid.interop.onnx_graph import OnnxGraph, OnnxNode, Read
from pellucid.layers.convolutions.padding import Pads
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
)
