"""Layers without arithmetic of their own: flatten an image to a row, add two branches.

flatten: (N, d1, ..., dk) -> (N, D); backward puts the gradient back into the old shape.
add: out = a + b, where a residual's branches merge; both receive the whole upstream gradient, because d(a + b)/da = 1.
Where a value is read by two branches, its gradient is the sum of theirs: the network's executor does that.
"""

import math
from typing import NamedTuple

from pellucid.shapes import Array, ShapeError, check_dtypes, check_shapes

__all__ = ["AddCache", "FlattenCache", "add_backward", "add_forward", "flatten_backward", "flatten_forward"]


class FlattenCache(NamedTuple):
    shape: tuple[int, ...]  # (N, d1, ..., dk)


class AddCache(NamedTuple):
    shape: tuple[int, ...]  # of both branches


def flatten_forward(x: Array) -> tuple[Array, FlattenCache]:
    """Return x as (N, D), in logical C order (copied only where the memory's order differs), and the cache."""
    check_shapes("flatten_forward", x=(x, "N ..."))
    return x.reshape(len(x), math.prod(x.shape[1:])), FlattenCache(x.shape)


def flatten_backward(dout: Array, cache: FlattenCache) -> Array:
    """Return dx (N, d1, ..., dk)."""
    check_shapes("flatten_backward", dout=(dout, f"{cache.shape[0]} {math.prod(cache.shape[1:])}"))
    return dout.reshape(cache.shape)


def add_forward(a: Array, b: Array) -> tuple[Array, AddCache]:
    """Return a + b for two arrays of one shape, and the cache."""
    check_dtypes("add_forward", a=a, b=b)
    if a.shape != b.shape:
        raise ShapeError(f"add_forward: both branches must have one shape; they are {a.shape} and {b.shape}")
    return a + b, AddCache(a.shape)


def add_backward(dout: Array, cache: AddCache) -> tuple[Array, Array]:
    """Return da, db: each is dout itself (a view, never a copy)."""
    check_shapes("add_backward", dout=(dout, " ".join(map(str, cache.shape))))
    return dout, dout
