"""Concatenate values along one axis of a sample: channels beside channels, features beside features.

    out = [x1, x2, ...]          dx1, dx2, ... = the parts of dout, cut where the inputs met

Shapes: the same for all inputs except for the axis, which counts within a sample: axis 0 of an image (C, H, W) is its channels.
Source: Huang et al. 2017 (densely connected networks), for one use of it.
"""

from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple

import numpy as np

from pellucid.layers.description import Description, Lowered, Shape
from pellucid.layers.kind import LayerKind, declare
from pellucid.layers.pair import Pair
from pellucid.shapes import Array, ShapeError, check_dtypes, check_shapes

__all__ = ["CONCAT", "Concat", "ConcatCache", "concat_backward", "concat_forward"]


class ConcatCache(NamedTuple):
    shape: tuple[int, ...]  # of the output, (N, ...)
    sizes: tuple[int, ...]  # of the axis, one for each input
    axis: int  # of a sample


def concat_forward(*parts: Array, axis: int = 0) -> tuple[Array, ConcatCache]:
    """Return the parts (N, ...) beside one another, and the cache. axis: of a sample, 0 the channels or features."""
    check_dtypes("concat_forward", **{f"x{i}": part for i, part in enumerate(parts, start=1)})
    if len({len(part) for part in parts if part.ndim}) != 1:
        raise ShapeError(f"concat_forward: all parts must be batches of as many samples; got {_shapes(parts)}")
    joined_shape("concat_forward", tuple(part.shape[1:] for part in parts), axis)
    out = np.concatenate(parts, axis=axis + 1)
    return out, ConcatCache(out.shape, tuple(part.shape[axis + 1] for part in parts), axis)


def concat_backward(dout: Array, cache: ConcatCache) -> tuple[Array, ...]:
    """Return dx1, dx2, ...: parts of dout (views, never copies)."""
    check_shapes("concat_backward", dout=(dout, " ".join(map(str, cache.shape))))
    return tuple(np.split(dout, list(accumulate(cache.sizes))[:-1], axis=cache.axis + 1))


def joined_shape(who: str, shapes: tuple[Shape, ...], axis: int) -> Shape:
    """Return the shape of one sample of the concatenation. Raises ShapeError where the shapes differ in another axis."""
    first = shapes[0]
    if not 0 <= axis < len(first):
        raise ShapeError(
            f"{who}: axis must be one of a sample's, 0 to {len(first) - 1} for the shape {first}; got {axis}"
        )
    for shape in shapes:
        if len(shape) != len(first) or shape[:axis] + shape[axis + 1 :] != first[:axis] + first[axis + 1 :]:
            raise ShapeError(
                f"{who}: the values must have the same shape except for axis {axis}; got {', '.join(map(str, shapes))}"
            )
    return (*first[:axis], sum(shape[axis] for shape in shapes), *first[axis + 1 :])


def _shapes(arrays: tuple[Array, ...]) -> str:
    return ", ".join(str(array.shape) for array in arrays)


CONCAT = declare(LayerKind("concat", Pair(concat_forward, concat_backward)))


@dataclass(frozen=True)
class Concat(Description):
    """Values beside one another: `Concat()(a, b)` joins channels or features; `axis` counts within a sample."""

    axis: int = 0
    takes_several = True

    def __post_init__(self) -> None:
        super().__post_init__()
        if isinstance(self.axis, bool) or not isinstance(self.axis, int) or self.axis < 0:
            raise ShapeError(f"Concat: axis must be a whole number, 0 for channels or features; got {self.axis!r}")

    def lowered(self, *shapes: Shape) -> Lowered:
        if len(shapes) < 2:
            raise ShapeError(f"Concat: it joins values, and is called on them: Concat()(a, b); got {len(shapes)}")
        return Lowered(CONCAT, joined_shape("Concat", shapes, self.axis), options={"axis": self.axis})
