"""Multiply two values entry by entry; one factor may belong to whole channels, or to pixels of all channels.

    out = a * b          da = dout * b          db = dout * a

Backward. A factor receives the gradient times the other factor. A factor that was repeated along an axis receives the sum of
the gradients of all its copies. Shapes: a (N, ...), the output's; b the same, or with size 1 in axes along which it is
repeated: (N, C, 1, 1) holds a number for each channel of images (N, C, H, W), (N, 1, H, W) one for each pixel; (N, C) is
short for the first. Source: Hu, Shen & Sun 2018 (squeeze-and-excitation); Woo et al. 2018 (pixels).
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
    b: Array  # as a, with size 1 where it is repeated, or (N, C)


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
    repeated = tuple(axis for axis, size in enumerate(along_pixels(b, a).shape) if axis and size != a.shape[axis])
    if repeated:
        db = db.sum(axis=repeated).reshape(b.shape)
    return dout * along_pixels(b, a), db


def along_pixels(b: Array, a: Array) -> Array:
    """(N, C) -> (N, C, 1, 1) where a is a batch of images."""
    return b[:, :, None, None] if a.ndim == 4 and b.ndim == 2 else b


def check_factor(who: str, shape: Shape, factor: Shape) -> None:
    """Raise ShapeError unless a factor has the shape of samples, except for axes of size 1, or is (C,) for images."""
    of_channels = len(shape) == 3 and factor == shape[:1]
    fits = len(factor) == len(shape) and all(b in (1, a) for a, b in zip(shape, factor, strict=True))
    if not fits and not of_channels:
        raise ShapeError(
            f"{who}: the second value must have the shape of the first, with size 1 where it is repeated, or (C,) where that "
            f"is an image; samples have shapes {shape} and {factor}"
        )


MULTIPLY = declare(LayerKind("multiply", Pair(multiply_forward, multiply_backward)))


@dataclass(frozen=True)
class Multiply(Description):
    """The product of two values: `Multiply()(a, b)`. b may hold a number for each channel (C, 1, 1) or pixel (1, H, W)."""

    takes_several = True

    def lowered(self, *shapes: Shape) -> Lowered:
        if len(shapes) != 2:
            raise ShapeError(
                f"Multiply: it joins two values, and is called on them: Multiply()(a, b); got {len(shapes)}"
            )
        check_factor("Multiply", *shapes)
        return Lowered(MULTIPLY, shapes[0])
