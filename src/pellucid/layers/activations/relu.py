"""The rectified linear unit.

    out = max(0, x)          dx = dout where x > 0, else 0

At exactly 0, where it has a kink, the gradient is that of the left side: 0. Shapes: any; x, out, dout and dx have the same one.
Source: Nair & Hinton 2010.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from pellucid.layers.activations.elementwise import Elementwise, check_upstream
from pellucid.layers.kind import LayerKind, declare
from pellucid.layers.pair import Pair
from pellucid.shapes import Array, check_dtypes

__all__ = ["ReLU", "ReluCache", "relu_backward", "relu_forward"]


class ReluCache(NamedTuple):
    out: Array  # any shape; positive exactly where x is


def relu_forward(x: Array) -> tuple[Array, ReluCache]:
    """Return max(0, x) and the cache."""
    check_dtypes("relu_forward", x=x)
    out = np.maximum(x, 0)
    return out, ReluCache(out)


def relu_backward(dout: Array, cache: ReluCache) -> Array:
    """Return dx: dout where x was positive, else 0."""
    check_upstream("relu_backward", dout, cache.out)
    return np.where(cache.out > 0, dout, dout.dtype.type(0))


RELU = declare(LayerKind("relu", Pair(relu_forward, relu_backward)))


@dataclass(frozen=True)
class ReLU(Elementwise):
    """max(0, x)."""

    layer = RELU
