"""Conv1d: `nn.Conv1d` in PyTorch; in ONNX a Conv of one axis, which the bridge of images reads no further than its axes."""

from typing import Any

from pellucid.interop.bridge import Bridge, NoCounterpart, PlacedLayer, refused
from pellucid.interop.onnx_graph import OnnxGraph
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
    return Conv1d(module.out_channels, module.kernel_size[0], module.stride[0], pad, **settings)


def to_onnx(graph: OnnxGraph, layer: PlacedLayer, inputs: list[str]) -> str:
    """Append the node."""
    options = layer.options
    inputs = inputs + graph.arrays(layer.name, layer.arrays)
    settings = {"strides": [options["stride"]], "pads": [*options["pad"]], "dilations": [options["dilation"]]}
    return graph.node("Conv", inputs, layer.name, **settings, group=options["groups"])


BRIDGE = Bridge(
    to_torch=to_torch,
    from_torch={
        "torch.nn.Conv1d": from_torch,
        "pellucid.interop.torch_modules.PaddedConv1d": from_torch,
    },
    to_onnx=to_onnx,
    from_onnx=NoCounterpart("the reader takes a Conv for one of images"),
    description=Conv1d,
    kinds=("conv1d",),
)
