"""Slice: a part of one axis of a sample, every step-th entry from start to before stop.

    out[n, ..., i, ...] = x[n, ..., start + i * step, ...]        0 <= i < ceil((stop - start) / step)

start and stop count from the end where they are negative; stop None is the end. The axis counts within a sample: axis 0 of
an image (C, H, W) is its channels. Several slices of one value are what chunk and split make, and a crop is two of them.

Backward. An entry that was read receives its gradient, every other one 0.
Shapes: x (N, ..., D, ...), out (N, ..., D', ...). Source: the chain rule.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from pellucid.layers.description import Description, Lowered, Shape
from pellucid.layers.kind import LayerKind, declare
from pellucid.layers.pair import Pair
from pellucid.shapes import Array, ShapeError, check_shapes, check_whole

__all__ = ["Slice", "SliceCache", "slice_backward", "slice_forward"]


class SliceCache(NamedTuple):
    shape: tuple[int, ...]  # (N, ..., D, ...)
    part: tuple[slice, ...]  # what is read of x
    out: tuple[int, ...]  # (N, ..., D', ...)


def slice_forward(
    x: Array, *, axis: int = 0, start: int = 0, stop: int | None = None, step: int = 1
) -> tuple[Array, SliceCache]:
    """Return the part (N, ..., D', ...), a view of x, and the cache. Raises ShapeError where nothing is left."""
    check_shapes("slice_forward", x=(x, "N ..."))
    part = (slice(None), *part_of("slice_forward", x.shape[1:], axis, start, stop, step))
    out = x[part]
    return out, SliceCache(x.shape, part, out.shape)


def slice_backward(dout: Array, cache: SliceCache) -> Array:
    """Return dx (N, ..., D, ...)."""
    check_shapes("slice_backward", dout=(dout, " ".join(map(str, cache.out))))
    dx = np.zeros(cache.shape, dout.dtype)
    dx[cache.part] = dout
    return dx


def part_of(who: str, shape: Shape, axis: int, start: int, stop: int | None, step: int) -> tuple[slice, ...]:
    """Return the index of a sample that reads the part. Raises ShapeError for settings that do not fit, or without entries."""
    check_part(who, axis, start, stop, step)
    if axis >= len(shape):
        raise ShapeError(
            f"{who}: axis must be one of a sample's, 0 to {len(shape) - 1} for the shape {shape}; got {axis}"
        )
    part = range(*slice(start, stop, step).indices(shape[axis]))
    if not part:
        raise ShapeError(
            f"{who}: from {start} to {stop} nothing is left of axis {axis}, which has {shape[axis]} entries; got {shape}"
        )
    return (*[slice(None)] * axis, slice(part.start, part.stop, step))


def check_part(who: str, axis: Any, start: Any, stop: Any, step: Any) -> None:
    """Raise ShapeError unless axis and step are whole numbers that count forward, start and stop whole numbers."""
    check_whole(who, "axis", axis, minimum=0)
    check_whole(who, "step", step)
    for name, place in (("start", start), *([] if stop is None else [("stop", stop)])):
        if isinstance(place, bool) or not isinstance(place, (int, np.integer)):
            raise ShapeError(f"{who}: {name} must be a whole number; got {place!r}")


SLICE = declare(LayerKind("slice", Pair(slice_forward, slice_backward)))


@dataclass(frozen=True)
class Slice(Description):
    """A part of one axis: `Slice(0, 4, 8)` is channels 4 to 7; the axis counts within a sample."""

    axis: int = 0
    start: int = 0
    stop: int | None = None
    step: int = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        check_part("Slice", self.axis, self.start, self.stop, self.step)

    def lowered(self, shape: Shape) -> Lowered:
        part = part_of("Slice", shape, self.axis, self.start, self.stop, self.step)[-1]
        count = len(range(part.start, part.stop, part.step))
        out = (*shape[: self.axis], count, *shape[self.axis + 1 :])
        options = {"axis": self.axis, "start": part.start, "stop": part.stop, "step": part.step}
        return Lowered(SLICE, out, options)
