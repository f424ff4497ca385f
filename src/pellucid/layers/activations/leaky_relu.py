"""The rectified linear unit that leaks: a small slope on the left.

    out = x where x > 0, else slope * x          dx = dout where x > 0, else slope * dout

At exactly 0, where it has a kink, the gradient is that of the left side: slope. Shapes: any; x, out, dout and dx have the same one.
Source: Maas, Hannun & Ng 2013.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from pellucid.layers.activations.elementwise import check_upstream
from pellucid.layers.description import Description, Lowered, Shape
from pellucid.layers.kind import LayerKind, declare
from pellucid.layers.pair import Pair
from pellucid.shapes import Array, check_dtypes, check_number

__all__ = ["LeakyReLU", "LeakyReluCache", "leaky_relu_backward", "leaky_relu_forward"]


class LeakyReluCache(NamedTuple):
    x: Array  # any shape
    slope: float


def leaky_relu_forward(x: Array, *, slope: float = 0.01) -> tuple[Array, LeakyReluCache]:
    """Return x where it is positive, slope * x elsewhere, and the cache."""
    check_dtypes("leaky_relu_forward", x=x)
    return np.where(x > 0, x, x.dtype.type(slope) * x), LeakyReluCache(x, slope)


def leaky_relu_backward(dout: Array, cache: LeakyReluCache) -> Array:
    """Return dx: dout where x was positive, slope * dout elsewhere."""
    check_upstream("leaky_relu_backward", dout, cache.x)
    return np.where(cache.x > 0, dout, dout.dtype.type(cache.slope) * dout)


LEAKY_RELU = declare(LayerKind("leaky_relu", Pair(leaky_relu_forward, leaky_relu_backward)))


@dataclass(frozen=True)
class LeakyReLU(Description):
    """x where positive, slope * x elsewhere."""

    slope: float = 0.01

    def __post_init__(self) -> None:
        super().__post_init__()
        check_number("LeakyReLU", "slope", self.slope)

    def lowered(self, shape: Shape) -> Lowered:
        return Lowered(LEAKY_RELU, shape, {"slope": self.slope})
