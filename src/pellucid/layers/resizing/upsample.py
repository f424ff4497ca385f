"""What a user writes to enlarge images: `Upsample(2)`, `Upsample(2, "bilinear", align_corners=True)`."""

from dataclasses import dataclass

from pellucid.layers.description import Description, Lowered, Shape, image_sizes
from pellucid.layers.resizing.upsample_bilinear import UPSAMPLE_BILINEAR
from pellucid.layers.resizing.upsample_nearest import UPSAMPLE_NEAREST
from pellucid.shapes import ShapeError, check_pair

__all__ = ["Upsample"]


@dataclass(frozen=True)
class Upsample(Description):
    """An image enlarged by scale_factor, a whole number or (height, width): pixels repeated, or lines between them.

    mode: "nearest" or "bilinear"; align_corners, of lines: whether the outer pixels stay at the corners.
    """

    scale_factor: int | tuple[int, int]
    mode: str = "nearest"
    align_corners: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        check_pair("Upsample", "scale_factor", self.scale_factor, minimum=1)
        if self.mode not in ("nearest", "bilinear"):
            raise ShapeError(f"Upsample: mode must be 'nearest' or 'bilinear'; got {self.mode!r}")
        if not isinstance(self.align_corners, bool):
            raise ShapeError(f"Upsample: align_corners must be True or False; got {self.align_corners!r}")
        if self.align_corners and self.mode == "nearest":
            raise ShapeError("Upsample: align_corners has a meaning for mode='bilinear' alone")

    def lowered(self, shape: Shape) -> Lowered:
        channels, height, width = image_sizes("Upsample", shape)
        scale = check_pair("Upsample", "scale_factor", self.scale_factor, minimum=1)
        out = channels, height * scale[0], width * scale[1]
        if self.mode == "nearest":
            return Lowered(UPSAMPLE_NEAREST, out, {"scale_factor": scale})
        return Lowered(UPSAMPLE_BILINEAR, out, {"scale_factor": scale, "align_corners": self.align_corners})
