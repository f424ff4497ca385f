"""Flatten an image to a row of numbers: (N, d1, ..., dk) -> (N, D). Backward puts the gradient back into the old shape."""

import math
from dataclasses import dataclass
from typing import NamedTuple

from pellucid.layers.description import Description, Lowered, Shape
from pellucid.layers.kind import LayerKind, declare
from pellucid.layers.pair import Pair
from pellucid.shapes import Array, check_shapes

__all__ = ["Flatten", "FlattenCache", "flatten_backward", "flatten_forward"]


class FlattenCache(NamedTuple):
    shape: tuple[int, ...]  # (N, d1, ..., dk)


def flatten_forward(x: Array) -> tuple[Array, FlattenCache]:
    """Return x as (N, D), in logical C order (copied only where the memory's order differs), and the cache."""
    check_shapes("flatten_forward", x=(x, "N ..."))
    return x.reshape(len(x), math.prod(x.shape[1:])), FlattenCache(x.shape)


def flatten_backward(dout: Array, cache: FlattenCache) -> Array:
    """Return dx (N, d1, ..., dk)."""
    check_shapes("flatten_backward", dout=(dout, f"{cache.shape[0]} {math.prod(cache.shape[1:])}"))
    return dout.reshape(cache.shape)


FLATTEN = declare(LayerKind("flatten", Pair(flatten_forward, flatten_backward), reshapes=True))


@dataclass(frozen=True)
class Flatten(Description):
    """An image becomes a row of numbers."""

    def lowered(self, shape: Shape) -> Lowered:
        return Lowered(FLATTEN, (math.prod(shape),))
