"""What activations share: one number in, one number out, so that output and input have the same shape and dtype."""

from dataclasses import dataclass
from typing import ClassVar

from pellucid.layers.description import Description, Lowered, Shape
from pellucid.layers.kind import LayerKind
from pellucid.shapes import Array, ShapeError, check_shapes

__all__ = ["Elementwise", "check_upstream"]


@dataclass(frozen=True)
class Elementwise(Description, abstract=True):
    """An activation without settings: `layer` computes it."""

    layer: ClassVar[LayerKind]

    def lowered(self, shape: Shape) -> Lowered:
        return Lowered(self.layer, shape)


def check_upstream(who: str, dout: Array, like: Array) -> None:
    """Refuse an upstream gradient that is not shaped and typed like the output."""
    check_shapes(who, dout=(dout, "..."))
    if dout.shape != like.shape or dout.dtype != like.dtype:
        raise ShapeError(f"{who}: dout must be {like.dtype} {like.shape} like out; got {dout.dtype} {dout.shape}")
