"""Activations: one number in, one number out, any shape.

    relu        max(0, x)                          dx = dout where x > 0, else 0
    leaky_relu  x where x > 0, else slope * x      dx = dout, or slope * dout
    sigmoid     s = 1 / (1 + exp(-x))              dx = dout * s * (1 - s)
    tanh        t = tanh(x)                        dx = dout * (1 - t**2)
    gelu        x * P(x)                           dx = dout * (P(x) + x * p(x))

P and p are the standard normal's distribution and density: P(x) = (1 + erf(x / sqrt 2)) / 2. At exactly 0, where relu and
leaky_relu have a kink, the gradient taken is that of the left side (0, and slope).

Shapes: x, out, dout, dx are alike. Sources: Nair & Hinton 2010 (relu); Maas et al. 2013 (leaky_relu);
Hendrycks & Gimpel 2016 (gelu, the exact form, not the tanh approximation).
"""

import math
from typing import NamedTuple

import numpy as np

from pellucid.shapes import Array, ShapeError, check_dtypes, check_shapes

__all__ = [
    "GeluCache",
    "LeakyReluCache",
    "ReluCache",
    "SigmoidCache",
    "TanhCache",
    "gelu_backward",
    "gelu_forward",
    "leaky_relu_backward",
    "leaky_relu_forward",
    "relu_backward",
    "relu_forward",
    "sigmoid_backward",
    "sigmoid_forward",
    "tanh_backward",
    "tanh_forward",
]


class ReluCache(NamedTuple):
    out: Array  # any shape; positive exactly where x is


class LeakyReluCache(NamedTuple):
    x: Array  # any shape
    slope: float


class SigmoidCache(NamedTuple):
    out: Array  # any shape


class TanhCache(NamedTuple):
    out: Array  # any shape


class GeluCache(NamedTuple):
    x: Array  # any shape
    below: Array  # P(x), the share of a standard normal below x


def relu_forward(x: Array) -> tuple[Array, ReluCache]:
    """Return max(0, x) and the cache."""
    check_dtypes("relu_forward", x=x)
    out = np.maximum(x, 0)
    return out, ReluCache(out)


def relu_backward(dout: Array, cache: ReluCache) -> Array:
    """Return dx: dout where x was positive, else 0."""
    check_upstream("relu_backward", dout, cache.out)
    return np.where(cache.out > 0, dout, dout.dtype.type(0))


def leaky_relu_forward(x: Array, *, slope: float = 0.01) -> tuple[Array, LeakyReluCache]:
    """Return x where it is positive, slope * x elsewhere, and the cache."""
    check_dtypes("leaky_relu_forward", x=x)
    return np.where(x > 0, x, x.dtype.type(slope) * x), LeakyReluCache(x, slope)


def leaky_relu_backward(dout: Array, cache: LeakyReluCache) -> Array:
    """Return dx: dout where x was positive, slope * dout elsewhere."""
    check_upstream("leaky_relu_backward", dout, cache.x)
    return np.where(cache.x > 0, dout, dout.dtype.type(cache.slope) * dout)


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


def tanh_forward(x: Array) -> tuple[Array, TanhCache]:
    """Return tanh(x) and the cache."""
    check_dtypes("tanh_forward", x=x)
    out = np.tanh(x)
    return out, TanhCache(out)


def tanh_backward(dout: Array, cache: TanhCache) -> Array:
    """Return dx = dout * (1 - t**2)."""
    check_upstream("tanh_backward", dout, cache.out)
    return dout * (1 - cache.out**2)


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


def check_upstream(who: str, dout: Array, like: Array) -> None:
    """Refuse an upstream gradient that is not shaped and typed like the output."""
    check_shapes(who, dout=(dout, "..."))
    if dout.shape != like.shape or dout.dtype != like.dtype:
        raise ShapeError(f"{who}: dout must be {like.dtype} {like.shape} as out is; it is {dout.dtype} {dout.shape}")
