"""Add two branches where a residual's body and shortcut merge.

    out = a + b          da = dout, db = dout, because d(a + b)/da = 1

Where a value is read by two branches, its gradient is the sum of theirs: the network's executor does that.
Shapes: any; a, b, out and dout have the same one.
"""

from typing import NamedTuple

from pellucid.layers.kind import LayerKind, declare
from pellucid.layers.pair import Pair
from pellucid.shapes import Array, ShapeError, check_dtypes, check_shapes

__all__ = ["ADD", "AddCache", "add_backward", "add_forward"]


class AddCache(NamedTuple):
    shape: tuple[int, ...]  # of both branches


def add_forward(a: Array, b: Array) -> tuple[Array, AddCache]:
    """Return a + b for two arrays of one shape, and the cache."""
    check_dtypes("add_forward", a=a, b=b)
    if a.shape != b.shape:
        raise ShapeError(f"add_forward: both branches must have the same shape; got {a.shape} and {b.shape}")
    return a + b, AddCache(a.shape)


def add_backward(dout: Array, cache: AddCache) -> tuple[Array, Array]:
    """Return da, db: each is dout itself (a view, never a copy)."""
    check_shapes("add_backward", dout=(dout, " ".join(map(str, cache.shape))))
    return dout, dout


ADD = declare(LayerKind("add", Pair(add_forward, add_backward), sums_inputs=True))
