"""Windows that slide along a sequence (C, L): what its pooling layers share. They are windows of images of height 1."""

from dataclasses import dataclass
from typing import Any, ClassVar

from pellucid.layers.description import Description, Lowered, Shape
from pellucid.layers.kind import LayerKind
from pellucid.layers.windows import check_flags, settings_of_windows, windows_of
from pellucid.shapes import ShapeError, check_whole

__all__ = ["SequencePooling", "as_images"]


def as_images(size: int, stride: int | None, pad: int) -> dict[str, Any]:
    """Return the settings of a window along the width of an image of height 1."""
    return {"size": (1, size), "stride": None if stride is None else (1, stride), "pad": (0, pad)}


@dataclass(frozen=True)
class SequencePooling(Description, abstract=True):
    """What windows of `size`, `stride` apart, become; stride is the window's size unless given.

    pad: entries before and behind the sequence that windows may cover; ceil_mode: whether a last window may reach beyond.
    """

    size: int
    stride: int | None = None
    pad: int = 0
    ceil_mode: bool = False
    layer: ClassVar[LayerKind]

    def __post_init__(self) -> None:
        super().__post_init__()
        who = type(self).__name__
        check_whole(who, "size", self.size)
        check_whole(who, "stride", self.size if self.stride is None else self.stride)
        check_whole(who, "pad", self.pad, minimum=0)
        settings_of_windows(who, **as_images(self.size, self.stride, self.pad))
        check_flags(self)

    def lowered(self, shape: Shape) -> Lowered:
        who = type(self).__name__
        if len(shape) != 2:
            raise ShapeError(f"{who}: its input must be a sequence (C, L); got {shape}")
        windows = windows_of(
            who, (1, shape[1]), **as_images(self.size, self.stride, self.pad), ceil_mode=self.ceil_mode
        )
        options: dict[str, Any] = {"size": windows.size[1], "stride": windows.stride[1]}
        if windows.pad[1] or self.ceil_mode:
            options |= {"pad": windows.pad[1], "ceil_mode": self.ceil_mode}
        return Lowered(self.layer, (shape[0], windows.out[1]), options)
