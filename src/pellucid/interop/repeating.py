"""Values repeated along axes of size 1, as arrays of different sizes are before they are added."""

import math
from typing import Any

from pellucid.nets import Upsample

__all__ = ["common", "repeated"]

Shape = tuple[int, ...]


def common(shape: Shape, *others: Shape) -> Shape:
    """Return the shape to which a sample is repeated, to be joined with others; its own where they do not fit."""
    found = shape
    for other in others:
        if len(other) == len(found) and all(1 in (a, b) or a == b for a, b in zip(found, other, strict=True)):
            found = tuple(map(max, found, other))
    return found


def repeated(values: Any, value: Any, shape: Shape) -> Any:
    """Return a value with its axes of size 1 as long as those of a shape; the value itself where none is to be longer."""
    if value.shape == shape or common(value.shape, shape) != shape:
        return value
    if len(shape) == 3 and value.shape == (shape[0], 1, 1):
        return values.layer(Upsample((shape[1], shape[2])), value)
    for axis, size in enumerate(shape):
        if value.shape[axis] == size:
            continue
        before, behind = value.shape[:axis], value.shape[axis + 1 :]
        rows = values.reshaped(values.laid_out(value), (math.prod(before), 1, math.prod(behind)))
        value = values.reshaped(values.layer(Upsample((size, 1)), rows), (*before, size, *behind))
    return value
