"""Conv: `nn.Conv2d` in PyTorch, `Conv` in ONNX; weights have the same layout in all three."""

from typing import Any

from pellucid.interop.bridge import Bridge, PlacedLayer, refused
from pellucid.interop.onnx_graph import OnnxGraph, OnnxNode, Read
from pellucid.nets import Conv

__all__ = ["BRIDGE"]


def to_torch(layer: PlacedLayer) -> Any:
    """Return the module."""
    from torch import nn

    filters, channels, *kernel = layer.arrays["weight"].shape
    return nn.Conv2d(channels, filters, tuple(kernel), layer.options["stride"], layer.options["pad"])


def from_torch(name: str, module: Any) -> Conv:
    """Return the description."""
    plain = module.groups == 1 and tuple(module.dilation) == (1, 1) and module.padding_mode == "zeros"
    if not plain or isinstance(module.padding, str):
        raise refused(name, "a convolution with groups, dilation, or padding other than numbers of zeros")
    return Conv(module.out_channels, tuple(module.kernel_size), tuple(module.stride), tuple(module.padding))


def to_onnx(graph: OnnxGraph, layer: PlacedLayer, inputs: list[str]) -> str:
    """Append the node."""
    stride, pad = layer.options["stride"], layer.options["pad"]
    inputs = inputs + graph.arrays(layer.name, layer.arrays)
    return graph.node("Conv", inputs, layer.name, strides=list(stride), pads=[*pad, *pad])


def from_onnx(node: OnnxNode) -> Read:
    """Return the layer; without a bias, one of 0."""
    weight = node.needed(1)
    if weight.ndim != 4:
        raise node.refused("only convolutions of images are supported")
    node.only(group=1, dilations=[1, 1])
    kernel, stride = weight.shape[2:], tuple(node.get("strides", [1, 1]))
    return Read(Conv(weight.shape[0], kernel, stride, node.symmetric_pads(kernel)), (weight, node.array(2)))


BRIDGE = Bridge(
    to_torch=to_torch,
    from_torch={"torch.nn.Conv2d": from_torch},
    to_onnx=to_onnx,
    from_onnx={"Conv": from_onnx},
    description=Conv,
    kinds=("conv",),
)
