"""The Gaussian error linear unit, in its exact form; `gelu_tanh.py` has the approximation by tanh.

    out = x * P(x)          dx = dout * (P(x) + x * p(x))

P and p are the standard normal's distribution and density: P(x) = (1 + erf(x / sqrt 2)) / 2. Shapes: any; x, out, dout
and dx have the same one. Source: Hendrycks & Gimpel 2016.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from pellucid.layers.activations.elementwise import check_upstream
from pellucid.layers.activations.gelu_tanh import GELU_TANH
from pellucid.layers.description import Description, Lowered, Shape
from pellucid.layers.kind import LayerKind, declare
from pellucid.layers.pair import Pair
from pellucid.shapes import Array, ShapeError, check_dtypes

__all__ = ["GELU", "GeluCache", "gelu_backward", "gelu_forward"]


class GeluCache(NamedTuple):
    x: Array  # any shape
    below: Array  # P(x), the share of a standard normal below x


def gelu_forward(x: Array) -> tuple[Array, GeluCache]:
    """Return x * P(x) and the cache."""
    check_dtypes("gelu_forward", x=x)
    below = normal_below(x)
    return x * below, GeluCache(x, below)


def gelu_backward(dout: Array, cache: GeluCache) -> Array:
    """Return dx = dout * (P(x) + x * p(x))."""
    x, below = cache
    check_upstream("gelu_backward", dout, x)
    density = np.exp(-0.5 * x * x) / math.sqrt(2 * math.pi)
    return dout * (below + x * density)


def normal_below(x: Array) -> Array:
    """Return P(x) to full accuracy, also far in the left tail: erfc(-x / sqrt 2) / 2.

    NumPy has no erfc, so the standard library's is mapped over the entries: slow (about 0.1 microseconds each), exact.
    """
    flat = np.fromiter(map(math.erfc, (-x.ravel() / math.sqrt(2)).tolist()), dtype=np.float64, count=x.size)
    return (0.5 * flat).astype(x.dtype).reshape(x.shape)


GAUSSIAN_ERROR = declare(LayerKind("gelu", Pair(gelu_forward, gelu_backward)))


@dataclass(frozen=True)
class GELU(Description):
    """x times the share of a standard normal below x: exact, or where approximate is "tanh", by a hyperbolic tangent."""

    approximate: str = "none"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.approximate not in ("none", "tanh"):
            raise ShapeError(f"GELU: approximate must be 'none' or 'tanh'; got {self.approximate!r}")

    def lowered(self, shape: Shape) -> Lowered:
        return Lowered(GELU_TANH if self.approximate == "tanh" else GAUSSIAN_ERROR, shape)
