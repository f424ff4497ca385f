"""Reshape: each sample in another shape."""

from pellucid.derive.by_hand import pair_by_hand
from pellucid.derive.derivation import Derivation
from pellucid.derive.examples import image
from pellucid.derive.explanation import Explanation
from pellucid.shapes import Array

__all__ = ["DERIVATIONS", "EXPLANATION", "reshape"]


def reshape(x: Array) -> Array:
    """Each sample with its last two axes joined, as an example of another shape."""
    n, c, h, w = x.shape
    return x.reshape(n, c, h * w)


def by_hand(dout: Array, x: Array) -> tuple[Array, ...]:
    """The library's backward, for the shape of this example."""
    _, c, h, w = x.shape
    return pair_by_hand("reshape", shape=(c, h * w))(dout, x)


EXPLANATION = Explanation(
    name="reshape",
    title="Reshape",
    formula=("out = x in another shape", "dx = dout in the shape of x"),
    shapes="x (N, d1, ..., dk), out (N, e1, ..., em), with as many numbers",
    why="No number changes, and none is used twice: each gradient goes back to the place that its number came from.",
    mistakes=("the gradient put back in another order of memory",),
    source="the chain rule",
)
DERIVATIONS = (Derivation("reshape", reshape, "x=N,C,H,W", by_hand, numbers=(image([[1, 2], [3, 4]]),)),)
