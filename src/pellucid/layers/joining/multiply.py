"""Multiply two values entry by entry; one factor may belong to whole channels.

    out = a * b          da = dout * b          db = dout * a

Backward. A factor receives the gradient times the other factor. A factor that was repeated over pixels receives the sum of
the gradients of all its copies. Shapes: a (N, ...), the output's; b the same, or with (N, C, 1, 1) or (N, C) one number for
each channel of the images a (N, C, H, W). Source: Hu, Shen & Sun 2018 (squeeze-and-excitation), for channels that are
weighed.
"""

from dataclasses import dataclass
from typing import NamedTuple

from pellucid.layers.description import Description, Lowered, Shape
from pellucid.layers.kind import LayerKind, declare
from pellucid.layers.pair import Pair
from pellucid.shapes import Array, ShapeError, check_dtypes, check_shapes

__all__ = ["Multiply", "MultiplyCache", "multiply_backward", "multiply_forward"]


class MultiplyCache(NamedTuple):
    a: Array  # (N, ...)
    b: Array  # as a, or (N, C, 1, 1), or (N, C)


def multiply_forward(a: Array, b: Array) -> tuple[Array, MultiplyCache]:
    """Return a * b, shaped as a is, and the cache. Raises ShapeError where b does not fit."""
    check_dtypes("multiply_forward", a=a, b=b)
    if a.shape[:1] != b.shape[:1]:
        raise ShapeError(f"multiply_forward: both must be batches of as many samples; got {a.shape} and {b.shape}")
    check_factor("multiply_forward", a.shape[1:], b.shape[1:])
    return a * along_pixels(b, a), MultiplyCache(a, b)


def multiply_backward(dout: Array, cache: MultiplyCache) -> tuple[Array, Array]:
    """Return da and db, shaped as a and b are."""
    a, b = cache
    check_shapes("multiply_backward", dout=(dout, " ".join(map(str, a.shape))), a=(a, "..."))
    db = dout * a
    if b.shape != a.shape:
        db = db.sum(axis=(2, 3)).reshape(b.shape)
    return dout * along_pixels(b, a), db


def along_pixels(b: Array, a: Array) -> Array:
    """(N, C) -> (N, C, 1, 1) where a is a batch of images."""
    return b[:, :, None, None] if a.ndim == 4 and b.ndim == 2 else b


def check_factor(who: str, shape: Shape, factor: Shape) -> None:
    """Raise ShapeError unless a factor of samples has their shape, or is one number for each channel of images."""
    of_channels = len(shape) == 3 and factor in (shape[:1], (shape[0], 1, 1))
    if factor != shape and not of_channels:
        raise ShapeError(
            f"{who}: the second value must have the shape of the first, or (C, 1, 1) or (C,) where that is an image; "
            f"samples have shapes {shape} and {factor}"
        )


MULTIPLY = declare(LayerKind("multiply", Pair(multiply_forward, multiply_backward)))


@dataclass(frozen=True)
class Multiply(Description):
    """The product of two values: `Multiply()(a, b)`. b may hold one number for each channel of the image a, which weighs it."""

    takes_several = True

    def lowered(self, *shapes: Shape) -> Lowered:
        if len(shapes) != 2:
            raise ShapeError(
                f"Multiply: it joins two values, and is called on them: Multiply()(a, b); got {len(shapes)}"
            )
        check_factor("Multiply", *shapes)
        return Lowered(MULTIPLY, shapes[0])
