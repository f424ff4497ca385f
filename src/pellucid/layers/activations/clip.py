"""Every number between two bounds as it is, those outside at the nearer bound.

    out = min(max(x, low), high)          dx = dout where low < x < high, else 0

Either bound may be missing. At a bound, where it has a kink, the gradient is 0. Shapes: any; x, out, dout and dx have the
same one. Source: the name is NumPy's; with bounds -1 and 1 it is the hard tanh of Collobert 2004.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from pellucid.layers.activations.elementwise import check_upstream
from pellucid.layers.description import Description, Lowered, Shape
from pellucid.layers.kind import LayerKind, declare
from pellucid.layers.pair import Pair
from pellucid.shapes import Array, ShapeError, check_dtypes, check_number

__all__ = ["Clip", "ClipCache", "clip_backward", "clip_forward"]


class ClipCache(NamedTuple):
    x: Array  # any shape
    low: float
    high: float


def clip_forward(x: Array, *, low: float | None = None, high: float | None = None) -> tuple[Array, ClipCache]:
    """Return min(max(x, low), high) and the cache. Raises ShapeError where the bounds do not fit."""
    check_dtypes("clip_forward", x=x)
    check_bounds("clip_forward", low, high)
    ends = -np.inf if low is None else low, np.inf if high is None else high
    return np.minimum(np.maximum(x, x.dtype.type(ends[0])), x.dtype.type(ends[1])), ClipCache(x, *ends)


def clip_backward(dout: Array, cache: ClipCache) -> Array:
    """Return dx: dout where x lay between the bounds, else 0."""
    x, low, high = cache
    check_upstream("clip_backward", dout, x)
    return np.where((x > low) & (x < high), dout, dout.dtype.type(0))


def check_bounds(who: str, low: float | None, high: float | None) -> None:
    """Raise ShapeError unless the bounds are numbers, the lower below the higher."""
    for name, bound in (("low", low), ("high", high)):
        if bound is not None:
            check_number(who, name, bound)
    if low is not None and high is not None and low >= high:
        raise ShapeError(f"{who}: low must be below high; got {low:g} and {high:g}")


CLIP = declare(LayerKind("clip", Pair(clip_forward, clip_backward)))


@dataclass(frozen=True)
class Clip(Description):
    """min(max(x, low), high); a bound of None cuts nothing."""

    low: float | None = None
    high: float | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.low is None and self.high is None:
            raise ShapeError("Clip: low or high must be a number; got neither")
        check_bounds("Clip", self.low, self.high)

    def lowered(self, shape: Shape) -> Lowered:
        return Lowered(CLIP, shape, {"low": self.low, "high": self.high})
