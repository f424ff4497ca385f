"""The Gaussian error linear unit, approximated by a hyperbolic tangent: `GELU(approximate="tanh")`.

    u   = sqrt(2 / pi) * (x + 0.044715 * x**3)
    out = x * (1 + t) / 2, t = tanh(u)          dx = dout * ((1 + t) / 2 + x * (1 - t**2) / 2 * du)

Backward. x reaches the output twice, as a factor and through t, whose derivative is (1 - t**2) * du with
du = sqrt(2 / pi) * (1 + 3 * 0.044715 * x**2). It differs from the exact form (`gelu.py`) by less than 5e-4.
Shapes: any; x, out, dout and dx have the same one. Source: Hendrycks & Gimpel 2016, section 2.
"""

import math
from typing import NamedTuple

import numpy as np

from pellucid.layers.activations.elementwise import check_upstream
from pellucid.layers.kind import LayerKind, declare
from pellucid.layers.pair import Pair
from pellucid.shapes import Array, check_dtypes

__all__ = ["GELU_TANH", "GeluTanhCache", "gelu_tanh_backward", "gelu_tanh_forward"]

SLOPE, CUBIC, FAR = math.sqrt(2 / math.pi), 0.044715, 10.0


class GeluTanhCache(NamedTuple):
    x: Array  # any shape


def gelu_tanh_forward(x: Array) -> tuple[Array, GeluTanhCache]:
    """Return x * (1 + tanh(u)) / 2 and the cache."""
    check_dtypes("gelu_tanh_forward", x=x)
    return 0.5 * x * (1 + inner_tanh(x)), GeluTanhCache(x)


def gelu_tanh_backward(dout: Array, cache: GeluTanhCache) -> Array:
    """Return dx = dout * ((1 + t) / 2 + x * (1 - t**2) / 2 * du)."""
    check_upstream("gelu_tanh_backward", dout, cache.x)
    near = np.clip(cache.x, -FAR, FAR)
    t, du = inner_tanh(near), SLOPE * (1 + 3 * CUBIC * near * near)
    return dout * (0.5 * (1 + t) + 0.5 * near * (1 - t * t) * du)


def inner_tanh(x: Array) -> Array:
    """Return tanh(sqrt(2 / pi) * (x + 0.044715 * x**3)); from |x| = 10 on it is 1, and a cube could overflow."""
    near = np.clip(x, -FAR, FAR)
    return np.tanh(SLOPE * (near + CUBIC * near * near * near))


GELU_TANH = declare(LayerKind("gelu_tanh", Pair(gelu_tanh_forward, gelu_tanh_backward)))
