"""The logistic sigmoid.

    out = s = 1 / (1 + exp(-x))          dx = dout * s * (1 - s)

Shapes: any; x, out, dout and dx have the same one.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from pellucid.layers.activations.elementwise import Elementwise, check_upstream
from pellucid.layers.kind import LayerKind, declare
from pellucid.layers.pair import Pair
from pellucid.shapes import Array, check_dtypes

__all__ = ["Sigmoid", "SigmoidCache", "sigmoid_backward", "sigmoid_forward"]


class SigmoidCache(NamedTuple):
    out: Array  # any shape


def sigmoid_forward(x: Array) -> tuple[Array, SigmoidCache]:
    """Return 1 / (1 + exp(-x)), computed so that exp never overflows, and the cache."""
    check_dtypes("sigmoid_forward", x=x)
    small = np.exp(-np.abs(x))  # in (0, 1] on either side
    out = np.where(x >= 0, 1, small) / (1 + small)
    return out, SigmoidCache(out)


def sigmoid_backward(dout: Array, cache: SigmoidCache) -> Array:
    """Return dx = dout * s * (1 - s)."""
    check_upstream("sigmoid_backward", dout, cache.out)
    return dout * cache.out * (1 - cache.out)


SIGMOID = declare(LayerKind("sigmoid", Pair(sigmoid_forward, sigmoid_backward)))


@dataclass(frozen=True)
class Sigmoid(Elementwise):
    """1 / (1 + exp(-x))."""

    layer = SIGMOID
