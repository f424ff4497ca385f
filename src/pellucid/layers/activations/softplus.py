"""Softplus: ReLU without the kink.

    out = log(1 + exp(x))          dx = dout / (1 + exp(-x))

The derivative is exp(x) / (1 + exp(x)), the logistic sigmoid. Computed as max(x, 0) + log(1 + exp(-|x|)), which never
overflows and keeps full accuracy where out is near 0. Shapes: any; x, out, dout and dx have the same one. Source: Dugas et
al. 2001.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from pellucid.layers.activations.elementwise import Elementwise, check_upstream
from pellucid.layers.activations.sigmoid import sigmoid_forward
from pellucid.layers.kind import LayerKind, declare
from pellucid.layers.pair import Pair
from pellucid.shapes import Array, check_dtypes

__all__ = ["Softplus", "SoftplusCache", "softplus_backward", "softplus_forward"]


class SoftplusCache(NamedTuple):
    x: Array  # any shape


def softplus_forward(x: Array) -> tuple[Array, SoftplusCache]:
    """Return log(1 + exp(x)) and the cache."""
    check_dtypes("softplus_forward", x=x)
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x))), SoftplusCache(x)


def softplus_backward(dout: Array, cache: SoftplusCache) -> Array:
    """Return dx = dout * sigmoid(x)."""
    check_upstream("softplus_backward", dout, cache.x)
    return dout * sigmoid_forward(cache.x)[0]


SOFTPLUS = declare(LayerKind("softplus", Pair(softplus_forward, softplus_backward)))


@dataclass(frozen=True)
class Softplus(Elementwise):
    """log(1 + exp(x))."""

    layer = SOFTPLUS
