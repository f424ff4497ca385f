"""The scaled exponential linear unit: an ELU whose two constants keep mean 0 and variance 1 from layer to layer.

    out = scale * x where x > 0, else scale * alpha * (exp(x) - 1)
    dx  = scale * dout where x > 0, else scale * alpha * exp(x) * dout

alpha = 1.6732632... and scale = 1.0507009... solve E[out] = 0 and Var[out] = 1 for a standard normal x. At exactly 0, where
it has a kink, the gradient is that of the left side. Shapes: any; x, out, dout and dx have the same one. Source: Klambauer,
Unterthiner, Mayr & Hochreiter 2017.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from pellucid.layers.activations.elementwise import Elementwise, check_upstream
from pellucid.layers.kind import LayerKind, declare
from pellucid.layers.pair import Pair
from pellucid.shapes import Array, check_dtypes

__all__ = ["SELU", "SELU_ALPHA", "SELU_SCALE", "SeluCache", "selu_backward", "selu_forward"]

SELU_ALPHA, SELU_SCALE = 1.6732632423543772848, 1.0507009873554804934


class SeluCache(NamedTuple):
    x: Array  # any shape


def selu_forward(x: Array) -> tuple[Array, SeluCache]:
    """Return scale * x where it is positive, scale * alpha * (exp(x) - 1) elsewhere, and the cache."""
    check_dtypes("selu_forward", x=x)
    number = x.dtype.type
    left = number(SELU_SCALE * SELU_ALPHA) * np.expm1(np.minimum(x, 0))
    return np.where(x > 0, number(SELU_SCALE) * x, left), SeluCache(x)


def selu_backward(dout: Array, cache: SeluCache) -> Array:
    """Return dx: scale * dout where x was positive, scale * alpha * exp(x) * dout elsewhere."""
    x = cache.x
    check_upstream("selu_backward", dout, x)
    number = x.dtype.type
    return dout * np.where(x > 0, number(SELU_SCALE), number(SELU_SCALE * SELU_ALPHA) * np.exp(np.minimum(x, 0)))


SCALED_EXPONENTIAL_LINEAR = declare(LayerKind("selu", Pair(selu_forward, selu_backward)))


@dataclass(frozen=True)
class SELU(Elementwise):
    """An ELU with the constants that keep mean 0 and variance 1."""

    layer = SCALED_EXPONENTIAL_LINEAR
