"""ReLU that is capped at 6, so that activations fit into few bits.

    out = min(max(0, x), 6)          dx = dout where 0 < x < 6, else 0

At 0 and at 6, where it has kinks, the gradient is 0. Shapes: any; x, out, dout and dx have the same one.
Source: Krizhevsky 2010; Howard et al. 2017 (MobileNets), for its use.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from pellucid.layers.activations.elementwise import Elementwise, check_upstream
from pellucid.layers.kind import LayerKind, declare
from pellucid.layers.pair import Pair
from pellucid.shapes import Array, check_dtypes

__all__ = ["ReLU6", "Relu6Cache", "relu6_backward", "relu6_forward"]


class Relu6Cache(NamedTuple):
    out: Array  # any shape; strictly between 0 and 6 exactly where x is


def relu6_forward(x: Array) -> tuple[Array, Relu6Cache]:
    """Return min(max(0, x), 6) and the cache."""
    check_dtypes("relu6_forward", x=x)
    out = np.minimum(np.maximum(x, 0), 6)
    return out, Relu6Cache(out)


def relu6_backward(dout: Array, cache: Relu6Cache) -> Array:
    """Return dx: dout where x lay between 0 and 6, else 0."""
    check_upstream("relu6_backward", dout, cache.out)
    return np.where((cache.out > 0) & (cache.out < 6), dout, dout.dtype.type(0))


RELU6 = declare(LayerKind("relu6", Pair(relu6_forward, relu6_backward)))


@dataclass(frozen=True)
class ReLU6(Elementwise):
    """min(max(0, x), 6)."""

    layer = RELU6
