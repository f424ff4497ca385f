"""Mish: x times the hyperbolic tangent of its softplus.

    out = x * t, t = tanh(softplus(x))          dx = dout * (t + x * (1 - t**2) * s), s = 1 / (1 + exp(-x))

Backward. x reaches the output twice, as a factor and through t; the derivative of tanh is 1 - t**2, that of softplus is the
sigmoid s, and by the chain rule they multiply. Shapes: any; x, out, dout and dx have the same one. Source: Misra 2020.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from pellucid.layers.activations.elementwise import Elementwise, check_upstream
from pellucid.layers.activations.sigmoid import sigmoid_forward
from pellucid.layers.activations.softplus import softplus_forward
from pellucid.layers.kind import LayerKind, declare
from pellucid.layers.pair import Pair
from pellucid.shapes import Array, check_dtypes

__all__ = ["Mish", "MishCache", "mish_backward", "mish_forward"]


class MishCache(NamedTuple):
    x: Array  # any shape


def mish_forward(x: Array) -> tuple[Array, MishCache]:
    """Return x * tanh(softplus(x)) and the cache."""
    check_dtypes("mish_forward", x=x)
    return x * np.tanh(softplus_forward(x)[0]), MishCache(x)


def mish_backward(dout: Array, cache: MishCache) -> Array:
    """Return dx = dout * (t + x * (1 - t**2) * sigmoid(x))."""
    x = cache.x
    check_upstream("mish_backward", dout, x)
    t = np.tanh(softplus_forward(x)[0])
    return dout * (t + x * (1 - t**2) * sigmoid_forward(x)[0])


MISH = declare(LayerKind("mish", Pair(mish_forward, mish_backward)))


@dataclass(frozen=True)
class Mish(Elementwise):
    """x times tanh(softplus(x))."""

    layer = MISH
