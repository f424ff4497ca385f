"""Windows that slide over an image: what the pooling layers share.

`size`, `stride` and `pad` are one number or (height, width); windows may overlap (stride < size) or leave a rest, whose
gradient is 0. With `pad`, windows begin up to that many pixels before the image and end up to as many behind it; with
`ceil_mode`, one more begins where the image still has pixels left over, and reaches beyond. What lies outside the image is
never read:

    H' = 1 + (H + 2 pad_h - size_h) / stride_h, rounded down, or with ceil_mode up, if the last window begins before H + pad_h

and so for W'. pad is less than half of size, or half, so that every window holds a pixel.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np

from pellucid.layers.conv import conv_output_size
from pellucid.layers.description import Description, Lowered, Shape, image_sizes
from pellucid.layers.kind import LayerKind
from pellucid.shapes import Array, ShapeError, check_pair, check_shapes

__all__ = [
    "Pooling",
    "Size",
    "Windows",
    "check_flags",
    "check_pool_forward",
    "places",
    "taps",
    "windows_of",
    "zeros_in_memory_order_of",
]

Size = int | tuple[int, int]


class Windows(NamedTuple):
    size: tuple[int, int]
    stride: tuple[int, int]
    pad: tuple[int, int]
    out: tuple[int, int]  # (H', W')


def check_flags(pooling: Description) -> None:
    """Raise ShapeError for a pooling layer's switch that is neither True nor False."""
    for name in ("ceil_mode", "count_include_pad"):
        if not isinstance(getattr(pooling, name, True), bool):
            raise ShapeError(f"{type(pooling).__name__}: {name} must be True or False; got {getattr(pooling, name)!r}")


@dataclass(frozen=True)
class Pooling(Description, abstract=True):
    """What windows of `size`, `stride` apart, become; stride is the window's size unless given.

    pad: pixels before and behind the image that windows may cover; ceil_mode: whether a last window may reach beyond.
    """

    size: Size
    stride: Size | None = None
    pad: Size = 0
    ceil_mode: bool = False
    layer: ClassVar[LayerKind]

    def __post_init__(self) -> None:
        super().__post_init__()
        who = type(self).__name__
        settings_of_windows(who, self.size, self.stride, self.pad)
        check_flags(self)

    def lowered(self, shape: Shape) -> Lowered:
        channels, *image = image_sizes(type(self).__name__, shape)
        windows = windows_of(
            type(self).__name__, (image[0], image[1]), self.size, self.stride, self.pad, self.ceil_mode
        )
        options: dict[str, Any] = {"size": windows.size, "stride": windows.stride}
        if windows.pad != (0, 0) or self.ceil_mode:
            options |= {"pad": windows.pad, "ceil_mode": self.ceil_mode}
        return Lowered(self.layer, (channels, *windows.out), options)


def check_pool_forward(
    who: str, x: Array, size: Size, stride: Size | None, pad: Size = 0, ceil_mode: bool = False
) -> Windows:
    """Return size, stride, pad and the places of the windows. Raises ShapeError where they do not fit x."""
    check_shapes(who, x=(x, "N C H W"))
    return windows_of(who, x.shape[2:], size, stride, pad, ceil_mode)


def windows_of(
    who: str, image: tuple[int, int], size: Size, stride: Size | None, pad: Size, ceil_mode: bool
) -> Windows:
    """Return the windows of an image (H, W). Raises ShapeError where none fits, or the settings are none."""
    sizes, strides, pads = settings_of_windows(who, size, stride, pad)
    fit = conv_output_size(who, image, sizes, strides, pads)
    if 0 in image:
        raise ShapeError(f"{who}: an image must have pixels; it is {image[0]}x{image[1]}")
    if not ceil_mode:
        return Windows(sizes, strides, pads, fit)
    more = [
        (places - 1) * step + window < length + 2 * around and places * step < length + around
        for places, step, window, length, around in zip(fit, strides, sizes, image, pads, strict=True)
    ]
    return Windows(sizes, strides, pads, (fit[0] + more[0], fit[1] + more[1]))


def settings_of_windows(
    who: str, size: Size, stride: Size | None, pad: Size
) -> tuple[tuple[int, int], tuple[int, int], tuple[int, int]]:
    """Return size, stride and pad as pairs. Raises ShapeError where they are no windows."""
    sizes = check_pair(who, "size", size, minimum=1)
    strides = sizes if stride is None else check_pair(who, "stride", stride, minimum=1)
    pads = check_pair(who, "pad", pad, minimum=0)
    if any(2 * around > length for around, length in zip(pads, sizes, strict=True)):
        raise ShapeError(f"{who}: pad must be at most half of size {size!r}; got {pad!r}")
    return sizes, strides, pads


def taps(size: tuple[int, int]) -> Iterator[tuple[int, int, int]]:
    """Yield (number, row, column) of each entry of the window in reading order."""
    return ((r * size[1] + s, r, s) for r in range(size[0]) for s in range(size[1]))


Region = tuple[slice, slice, slice, slice]  # of the axes (N, C, H, W)


def places(r: int, s: int, image: tuple[int, int], windows: Windows) -> tuple[Region, Region]:
    """Index the pixel at (r, s) of every window that has it inside the image: where in the image, and which windows."""
    pixels, of_windows = zip(*map(_along, (r, s), image, windows.stride, windows.pad, windows.out), strict=True)
    return (slice(None), slice(None), *pixels), (slice(None), slice(None), *of_windows)


def _along(tap: int, length: int, stride: int, pad: int, count: int) -> tuple[slice, slice]:
    """The same along one axis: pixel i * stride + tap - pad of window i, from the first to the last that exists."""
    first = max(-((tap - pad) // stride), 0)
    last = min((length - 1 + pad - tap) // stride, count - 1)
    if last < first:
        return slice(0, 0), slice(0, 0)
    start = first * stride + tap - pad
    return slice(start, start + (last - first) * stride + 1, stride), slice(first, last + 1)


def zeros_in_memory_order_of(like: Array, shape: tuple[int, int, int, int]) -> Array:
    """Zeros of a logical (N, C, H, W), channels-last in memory where `like` is."""
    n, c, h, w = shape
    if like.strides[1] < like.strides[3]:
        return np.zeros((n, h, w, c), like.dtype).transpose(0, 3, 1, 2)
    return np.zeros(shape, like.dtype)
