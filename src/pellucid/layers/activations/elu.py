"""The exponential linear unit: ReLU with a left side that levels off at -alpha.

    out = x where x > 0, else alpha * (exp(x) - 1)          dx = dout where x > 0, else dout * alpha * exp(x)

The derivative of the left side is alpha * exp(x). At exactly 0, where alpha other than 1 makes a kink, the gradient is that
of the left side: alpha * dout. Shapes: any; x, out, dout and dx have the same one. Source: Clevert, Unterthiner &
Hochreiter 2016.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from pellucid.layers.activations.elementwise import check_upstream
from pellucid.layers.description import Description, Lowered, Shape
from pellucid.layers.kind import LayerKind, declare
from pellucid.layers.pair import Pair
from pellucid.shapes import Array, check_dtypes, check_number

__all__ = ["ELU", "EluCache", "elu_backward", "elu_forward"]


class EluCache(NamedTuple):
    x: Array  # any shape
    alpha: float


def elu_forward(x: Array, *, alpha: float = 1.0) -> tuple[Array, EluCache]:
    """Return x where it is positive, alpha * (exp(x) - 1) elsewhere, and the cache."""
    check_dtypes("elu_forward", x=x)
    left = np.expm1(np.minimum(x, 0))  # exact near 0, and no overflow on the right, where it is not used
    return np.where(x > 0, x, x.dtype.type(alpha) * left), EluCache(x, alpha)


def elu_backward(dout: Array, cache: EluCache) -> Array:
    """Return dx: dout where x was positive, dout * alpha * exp(x) elsewhere."""
    x, alpha = cache
    check_upstream("elu_backward", dout, x)
    return np.where(x > 0, dout, dout * (x.dtype.type(alpha) * np.exp(np.minimum(x, 0))))


EXPONENTIAL_LINEAR = declare(LayerKind("elu", Pair(elu_forward, elu_backward)))


@dataclass(frozen=True)
class ELU(Description):
    """x where positive, alpha * (exp(x) - 1) elsewhere."""

    alpha: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        check_number("ELU", "alpha", self.alpha)

    def lowered(self, shape: Shape) -> Lowered:
        return Lowered(EXPONENTIAL_LINEAR, shape, {"alpha": self.alpha})
