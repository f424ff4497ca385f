"""Windows that slide over an image: what the pooling layers share.

`size` and `stride` are one number or (height, width); windows may overlap (stride < size) or leave a rest, whose gradient is 0.
Out has H' = 1 + (H - size_h) // stride_h rows, and so for W'.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from pellucid.layers.conv import conv_output_size
from pellucid.layers.description import Description, Lowered, Shape, image_sizes
from pellucid.layers.kind import LayerKind
from pellucid.shapes import Array, check_pair, check_shapes

__all__ = ["Pooling", "check_pool_forward", "places", "taps", "zeros_in_memory_order_of"]


@dataclass(frozen=True)
class Pooling(Description, abstract=True):
    """What windows of `size`, `stride` apart, become; stride is the window's size unless given."""

    size: int | tuple[int, int]
    stride: int | tuple[int, int] | None = None
    layer: ClassVar[LayerKind]

    def __post_init__(self) -> None:
        super().__post_init__()
        who = type(self).__name__
        check_pair(who, "size", self.size, minimum=1)
        if self.stride is not None:
            check_pair(who, "stride", self.stride, minimum=1)

    def lowered(self, shape: Shape) -> Lowered:
        who = type(self).__name__
        channels, height, width = image_sizes(who, shape)
        size = check_pair(who, "size", self.size, minimum=1)
        stride = size if self.stride is None else check_pair(who, "stride", self.stride, minimum=1)
        out = conv_output_size(who, (height, width), size, stride)
        return Lowered(self.layer, (channels, *out), {"size": size, "stride": stride})


def check_pool_forward(
    who: str, x: Array, size: int | tuple[int, int], stride: int | tuple[int, int] | None
) -> tuple[tuple[int, int, int, int], tuple[int, int], tuple[int, int]]:
    """Return the shape of the output, size and stride. Raises ShapeError where they do not fit x."""
    check_shapes(who, x=(x, "N C H W"))
    n, c, h, w = x.shape
    sizes = check_pair(who, "size", size, minimum=1)
    strides = sizes if stride is None else check_pair(who, "stride", stride, minimum=1)
    out_h, out_w = conv_output_size(who, (h, w), sizes, strides)
    return (n, c, out_h, out_w), sizes, strides


def taps(size: tuple[int, int]) -> Iterator[tuple[int, int, int]]:
    """Yield (number, row, column) of each entry of the window in reading order."""
    return ((r * size[1] + s, r, s) for r in range(size[0]) for s in range(size[1]))


def places(r: int, s: int, out_shape: tuple[int, ...], stride: tuple[int, int]) -> tuple[slice, slice, slice, slice]:
    """Index the pixel at (r, s) of every window: a strided view (N, C, H', W') of the image."""
    _, _, out_h, out_w = out_shape
    rows = slice(r, r + stride[0] * (out_h - 1) + 1, stride[0])
    columns = slice(s, s + stride[1] * (out_w - 1) + 1, stride[1])
    return slice(None), slice(None), rows, columns


def zeros_in_memory_order_of(like: Array, shape: tuple[int, int, int, int]) -> Array:
    """Zeros of a logical (N, C, H, W), channels-last in memory where `like` is."""
    n, c, h, w = shape
    if like.strides[1] < like.strides[3]:
        return np.zeros((n, h, w, c), like.dtype).transpose(0, 3, 1, 2)
    return np.zeros(shape, like.dtype)
