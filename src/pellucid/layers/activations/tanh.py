"""The hyperbolic tangent.

    out = t = tanh(x)          dx = dout * (1 - t**2)

Shapes: any; x, out, dout and dx have the same one.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from pellucid.layers.activations.elementwise import Elementwise, check_upstream
from pellucid.layers.kind import LayerKind, declare
from pellucid.layers.pair import Pair
from pellucid.shapes import Array, check_dtypes

__all__ = ["Tanh", "TanhCache", "tanh_backward", "tanh_forward"]


class TanhCache(NamedTuple):
    out: Array  # any shape


def tanh_forward(x: Array) -> tuple[Array, TanhCache]:
    """Return tanh(x) and the cache."""
    check_dtypes("tanh_forward", x=x)
    out = np.tanh(x)
    return out, TanhCache(out)


def tanh_backward(dout: Array, cache: TanhCache) -> Array:
    """Return dx = dout * (1 - t**2)."""
    check_upstream("tanh_backward", dout, cache.out)
    return dout * (1 - cache.out**2)


TANH = declare(LayerKind("tanh", Pair(tanh_forward, tanh_backward)))


@dataclass(frozen=True)
class Tanh(Elementwise):
    """The hyperbolic tangent."""

    layer = TANH
