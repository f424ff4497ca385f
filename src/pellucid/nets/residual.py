"""The description of a block whose input branches and merges."""

from collections.abc import Sequence
from dataclasses import dataclass

from pellucid.layers import Description
from pellucid.layers.description import Shape
from pellucid.nets.graph import as_description
from pellucid.shapes import ShapeError

__all__ = ["Residual"]


@dataclass(frozen=True)
class Residual(Description):
    """out = body(x) + shortcut(x): the input branches and merges. An empty shortcut is x itself (He et al. 2016)."""

    body: Sequence[Description]
    shortcut: Sequence[Description] = ()

    def __post_init__(self) -> None:
        for name in ("body", "shortcut"):
            branch = getattr(self, name)
            if not isinstance(branch, (list, tuple)):
                raise ShapeError(f"Residual: {name} must be a list of layers; got {branch!r}")
            object.__setattr__(self, name, tuple(map(as_description, branch)))
        if not self.body:
            raise ShapeError("Residual: the body must hold at least one layer; it is empty")

    def shape_after(self, *shapes: Shape) -> Shape:
        (shape,) = shapes
        for layer in self.body:
            shape = layer.shape_after(shape)
        return shape
