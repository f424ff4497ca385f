"""Give each sample another shape: (N, d1, ..., dk) -> (N, e1, ..., em), the same numbers in the same logical order.

Backward puts the gradient back into the old shape. `Flatten` is the step to a row of numbers.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

from pellucid.layers.description import Description, Lowered, Shape
from pellucid.layers.kind import LayerKind, declare
from pellucid.layers.pair import Pair
from pellucid.shapes import Array, ShapeError, check_shapes, check_whole

__all__ = ["Reshape", "ReshapeCache", "reshape_backward", "reshape_forward"]


class ReshapeCache(NamedTuple):
    shape: tuple[int, ...]  # (N, d1, ..., dk)
    out: tuple[int, ...]  # (N, e1, ..., em)


def reshape_forward(x: Array, *, shape: Shape) -> tuple[Array, ReshapeCache]:
    """Return x as (N, *shape), in logical C order, and the cache."""
    check_shapes("reshape_forward", x=(x, "N ..."))
    check_count("reshape_forward", x.shape[1:], shape)
    out = (len(x), *shape)
    return x.reshape(out), ReshapeCache(x.shape, out)


def reshape_backward(dout: Array, cache: ReshapeCache) -> Array:
    """Return dx (N, d1, ..., dk)."""
    check_shapes("reshape_backward", dout=(dout, " ".join(map(str, cache.out))))
    return dout.reshape(cache.shape)


def check_count(who: str, before: Shape, after: Shape) -> None:
    """Raise ShapeError where the two shapes of a sample hold different counts of numbers."""
    if math.prod(before) != math.prod(after):
        raise ShapeError(
            f"{who}: shape must hold as many numbers as a sample, {math.prod(before)} for {tuple(before)}; got {tuple(after)}"
        )


RESHAPE = declare(LayerKind("reshape", Pair(reshape_forward, reshape_backward)))


@dataclass(frozen=True)
class Reshape(Description):
    """Each sample in another shape: `Reshape((64, 7, 7))` makes images of rows of 3136 numbers; one size may be -1."""

    shape: Shape

    def __post_init__(self) -> None:
        super().__post_init__()
        if not isinstance(self.shape, (tuple, list)) or not self.shape:
            raise ShapeError(f"Reshape: shape must be the shape of a sample, such as (64, 7, 7); got {self.shape!r}")
        for size in self.shape:
            if size != -1:
                check_whole("Reshape", "shape", size)
        if self.shape.count(-1) > 1:
            raise ShapeError(f"Reshape: one size of shape may be -1, which is what remains; got {tuple(self.shape)}")
        object.__setattr__(self, "shape", tuple(self.shape))

    def lowered(self, shape: Shape) -> Lowered:
        remaining = math.prod(shape) // abs(math.prod(self.shape))
        sizes = tuple(remaining if size == -1 else size for size in self.shape)
        check_count("Reshape", shape, sizes)
        return Lowered(RESHAPE, sizes, options={"shape": sizes})
