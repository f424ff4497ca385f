"""The descriptions of pooling."""

from dataclasses import dataclass
from typing import ClassVar

from pellucid.layers import conv_output_size
from pellucid.nets.descriptions.description import Description, Lowered, Shape, image_sizes
from pellucid.shapes import pair

__all__ = ["AvgPool", "GlobalAvgPool", "MaxPool"]


@dataclass(frozen=True)
class MaxPool(Description):
    """The maximum of each window; stride is the window's size unless given."""

    size: int | tuple[int, int]
    stride: int | tuple[int, int] | None = None
    prefix: ClassVar[str] = "maxpool"
    kind: ClassVar[str] = "maxpool"

    def __post_init__(self) -> None:
        super().__post_init__()
        who = type(self).__name__
        pair(who, "size", self.size, least=1)
        if self.stride is not None:
            pair(who, "stride", self.stride, least=1)

    def lowered(self, shape: Shape) -> Lowered:
        who = type(self).__name__
        channels, height, width = image_sizes(who, shape)
        size = pair(who, "size", self.size, least=1)
        stride = size if self.stride is None else pair(who, "stride", self.stride, least=1)
        out = conv_output_size(who, (height, width), size, stride)
        return Lowered(self.kind, (channels, *out), {"size": size, "stride": stride}, {}, {}, 0)


@dataclass(frozen=True)
class AvgPool(MaxPool):
    """The mean of each window."""

    prefix: ClassVar[str] = "avgpool"
    kind: ClassVar[str] = "avgpool"


@dataclass(frozen=True)
class GlobalAvgPool(Description):
    """The mean of each channel: an image becomes C numbers."""

    prefix: ClassVar[str] = "globalavgpool"

    def lowered(self, shape: Shape) -> Lowered:
        channels, *_ = image_sizes("GlobalAvgPool", shape)
        return Lowered("global_avgpool", (channels,), {}, {}, {}, 0)
