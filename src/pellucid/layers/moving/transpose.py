"""Transpose: the axes of each sample in another order.

    out[n, i_order[0], i_order[1], ...] = x[n, i_0, i_1, ...]

order lists the axes of a sample: (1, 2, 0) makes (H, W, C) of an image (C, H, W). Between two reshapes it shuffles
channels, puts pixels into channels and back, and cuts an image into patches.

Backward. The gradient's axes go back: dx is dout with the inverse order.
Shapes: x (N, d0, d1, ...), out (N, d_order[0], d_order[1], ...). Source: the chain rule; Zhang et al. 2018 (shuffled channels).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from pellucid.layers.description import Description, Lowered, Shape
from pellucid.layers.kind import LayerKind, declare
from pellucid.layers.pair import Pair
from pellucid.shapes import Array, ShapeError, check_shapes

__all__ = ["Transpose", "TransposeCache", "transpose_backward", "transpose_forward"]


class TransposeCache(NamedTuple):
    axes: tuple[int, ...]  # of a batch: (0, ...)
    out: tuple[int, ...]  # the shape of the output


def transpose_forward(x: Array, *, order: Sequence[int]) -> tuple[Array, TransposeCache]:
    """Return x with the axes of its samples in this order, a view, and the cache."""
    check_shapes("transpose_forward", x=(x, "N ..."))
    check_order("transpose_forward", x.shape[1:], order)
    axes = (0, *(axis + 1 for axis in order))
    out = x.transpose(axes)
    return out, TransposeCache(axes, out.shape)


def transpose_backward(dout: Array, cache: TransposeCache) -> Array:
    """Return dx, a view of dout."""
    check_shapes("transpose_backward", dout=(dout, " ".join(map(str, cache.out))))
    return dout.transpose(np.argsort(cache.axes))


def check_order(who: str, shape: Shape, order: Any) -> None:
    """Raise ShapeError unless order holds every axis of a sample once."""
    if sorted(order) != list(range(len(shape))):
        raise ShapeError(
            f"{who}: order must hold each axis of a sample once, 0 to {len(shape) - 1} for the shape {shape}; got {tuple(order)}"
        )


TRANSPOSE = declare(LayerKind("transpose", Pair(transpose_forward, transpose_backward)))


@dataclass(frozen=True)
class Transpose(Description):
    """The axes of each sample in another order: `Transpose((1, 2, 0))` makes (H, W, C) of an image (C, H, W)."""

    order: tuple[int, ...]

    def __post_init__(self) -> None:
        super().__post_init__()
        order = self.order
        if not isinstance(order, (tuple, list)) or sorted(map(str, order)) != sorted(map(str, range(len(order)))):
            raise ShapeError(f"Transpose: order must hold the axes of a sample, such as (1, 2, 0); got {order!r}")
        object.__setattr__(self, "order", tuple(map(int, order)))

    def lowered(self, shape: Shape) -> Lowered:
        check_order("Transpose", shape, self.order)
        return Lowered(TRANSPOSE, tuple(shape[axis] for axis in self.order), {"order": self.order})
