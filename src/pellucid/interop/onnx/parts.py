"""A node on sequences or volumes as one or two on images: windows that slide along each axis by itself, statistics of channels."""

import math
from collections.abc import Sequence
from dataclasses import replace

from pellucid.interop.constants import NoLayerError
from pellucid.interop.onnx_graph import OnnxNode

__all__ = ["parts_of"]

Part = tuple[
    OnnxNode, tuple[int, ...]
]  # a node, whose `shape` is that of its images, and the shape it makes; () unknown
WINDOWS = ("MaxPool", "AveragePool")
OF_CHANNELS = ("BatchNormalization", "InstanceNormalization", "GroupNormalization", "LRN")
IMAGE = 3  # axes of a sample
OF_WINDOWS = {"kernel_shape": 1, "strides": 1, "dilations": 1}


def parts_of(node: OnnxNode, shape: tuple[int, ...]) -> list[Part] | None:
    """Return the nodes on images that compute a node on samples of this shape; None where it can be read as it is."""
    if node.operator in OF_CHANNELS and len(shape) not in (1, IMAGE):
        image = (shape[0], math.prod(shape[1:-1]), shape[-1]) if len(shape) > IMAGE else (*shape, 1)
        return [(replace(node, shape=(0, *image)), image)]
    if node.operator == "ConvTranspose" and len(shape) == IMAGE - 1:
        return [(_as_image(node, shape), ())]
    if node.operator not in WINDOWS or len(shape) in (IMAGE - 1, IMAGE):
        return None
    if len(shape) != IMAGE + 1:
        raise NoLayerError(f"its windows have {len(shape) - 1} axes; those of one to three are read")
    channels, depth, height, width = shape
    flat = _along(node, [1, 2], (channels * depth, height, width))
    rows, columns = (_size(flat, axis) for axis in (0, 1))
    deep = _along(node, [0], (channels, depth, rows * columns))
    return [(flat, (channels * depth, rows, columns)), (deep, (channels, _size(deep, 0), rows * columns))]


def _along(node: OnnxNode, axes: Sequence[int], shape: tuple[int, ...]) -> OnnxNode:
    """Return the node with the windows of these axes only, and of one pixel along another where there is one axis."""
    rank = len(node.attributes["kernel_shape"])
    found = dict(node.attributes)
    padded = [1] * (2 - len(axes))
    for name, neutral in OF_WINDOWS.items():
        sizes = list(found.get(name, [neutral] * rank))
        found[name] = [sizes[axis] for axis in axes] + padded
    pads = list(found.get("pads", [0] * (2 * rank)))
    none = [0] * len(padded)
    found["pads"] = [pads[axis] for axis in axes] + none + [pads[rank + axis] for axis in axes] + none
    return replace(node, attributes=found, shape=(0, *shape))


def _as_image(node: OnnxNode, shape: tuple[int, ...]) -> OnnxNode:
    """Return a transposed convolution of sequences as one of images of one column."""
    weight = node.needed(1)
    found = {name: value for name, value in node.attributes.items() if name != "kernel_shape"}
    columns = {"strides": 1, "dilations": 1, "output_padding": 0}
    found |= {name: [*found[name], alone] for name, alone in columns.items() if name in found}
    if "pads" in found:
        found["pads"] = [found["pads"][0], 0, found["pads"][1], 0]
    constants = [None, weight[..., None], *node.constants[2:]]
    return replace(node, attributes=found, constants=constants, shape=(0, *shape, 1))


def _size(node: OnnxNode, axis: int) -> int:
    """Return how many windows there are along an axis of an image."""
    kernel = tuple(node.attributes["kernel_shape"])
    before, after = node.pads(kernel)[axis]
    stride = node.attributes["strides"][axis]
    free = node.shape[2 + axis] + before + after - kernel[axis]
    count = -(-free // stride) if node.get("ceil_mode", 0) else free // stride
    if node.get("ceil_mode", 0) and count * stride >= node.shape[2 + axis] + before:
        count -= 1  # the last window would begin in the padding
    return int(count) + 1
