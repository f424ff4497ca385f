"""Add two branches where a residual's body and shortcut merge, or where a graph's `Add()(a, b)` says so.

    out = a + b          da = dout, db = dout, because d(a + b)/da = 1

Where a value is read by two branches, its gradient is the sum of theirs: the network's executor does that.
Shapes: any; a, b, out and dout have the same one.
"""

from dataclasses import dataclass
from typing import NamedTuple

from pellucid.layers.description import Description, Lowered, Node, Shape
from pellucid.layers.kind import LayerKind, declare
from pellucid.layers.pair import Pair
from pellucid.shapes import Array, ShapeError, check_dtypes, check_shapes

__all__ = ["ADD", "Add", "AddCache", "add_backward", "add_forward"]


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


@dataclass(frozen=True)
class Add(Description):
    """The sum of two values or more, all of one shape: `Add()(a, b)`."""

    takes_several = True

    def lowered(self, *shapes: Shape) -> Lowered:
        if len(shapes) != 2:
            raise ShapeError(f"Add: it joins values, and is called on them: Add()(a, b); got {len(shapes)}")
        if shapes[0] != shapes[1]:
            raise ShapeError(f"Add: the values must have the same shape; got {shapes[0]} and {shapes[1]}")
        return Lowered(ADD, shapes[0])

    def __call__(self, *nodes: Node) -> Node:
        """Return the sum; of more than two values, one after another."""
        total = super().__call__(*nodes[:2])
        for node in nodes[2:]:
            total = Add()(total, node)
        return total
