"""ConvTranspose: `nn.ConvTranspose2d` in PyTorch, `ConvTranspose` in ONNX; weights have the same layout in all three."""

from typing import Any

from pellucid.interop.bridge import Bridge, PlacedLayer, refused
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
    return nn.ConvTranspose2d(channels, of_group * groups, tuple(kernel), *settings, groups=groups)


def from_torch(name: str, module: Any) -> ConvTranspose:
    """Return the description."""
    if tuple(module.dilation) != (1, 1):
        raise refused(name, "a transposed convolution with dilation")
    kernel, stride = tuple(module.kernel_size), tuple(module.stride)
    pad, more = tuple(module.padding), tuple(module.output_padding)
    return ConvTranspose(module.out_channels, kernel, stride, pad, more, groups=module.groups)


def to_onnx(graph: OnnxGraph, layer: PlacedLayer, inputs: list[str]) -> str:
    """Append the node."""
    stride, pad, more = (list(layer.options[name]) for name in ("stride", "pad", "output_padding"))
    inputs = inputs + graph.arrays(layer.name, layer.arrays)
    settings = {
        "strides": stride,
        "pads": [*pad, *pad],
        "output_padding": more,
        "group": layer.options.get("groups", 1),
    }
    return graph.node("ConvTranspose", inputs, layer.name, **settings)


def from_onnx(node: OnnxNode) -> Read:
    """Return the layer; without a bias, one of 0."""
    weight = node.needed(1)
    if weight.ndim != 4:
        raise node.refused("only transposed convolutions of images are supported")
    node.only(dilations=[1, 1], auto_pad="NOTSET")
    if "output_shape" in node.attributes:
        raise node.refused("the size of its output must follow from its padding")
    kernel, stride = weight.shape[2:], tuple(node.get("strides", [1, 1]))
    more, groups = tuple(node.get("output_padding", [0, 0])), node.get("group", 1)
    pads = node.symmetric_pads(kernel)
    layer = ConvTranspose(weight.shape[1] * groups, kernel, stride, pads, more, groups=groups)
    return Read(layer, (weight, node.array(2)))


BRIDGE = Bridge(
    to_torch=to_torch,
    from_torch={"torch.nn.ConvTranspose2d": from_torch},
    to_onnx=to_onnx,
    from_onnx={"ConvTranspose": from_onnx},
    description=ConvTranspose,
    kinds=("conv_transpose",),
)
