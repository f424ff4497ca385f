"""Activations in one pass. See `layers/activations/relu.py` and its neighbours for the mathematics.

Results lie in memory as x does: channels last, or in C order. The exponential is the kernels' own (`native/functions.h`).
"""

from typing import NamedTuple

import numpy as np

from pellucid.kernels.binding import native
from pellucid.kernels.memory import as_logical, dense_like, is_channels_last
from pellucid.kernels.threads import default_threads
from pellucid.layers import LeakyReluCache, ReluCache, SigmoidCache, TanhCache
from pellucid.layers.activations.elementwise import check_upstream
from pellucid.shapes import Array, check_dtypes

__all__ = [
    "NativeGeluCache",
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


class NativeGeluCache(NamedTuple):
    x: Array  # any shape; P(x) is computed again, which is cheaper than reading it from memory


def relu_forward(x: Array) -> tuple[Array, ReluCache]:
    """Return max(0, x), in x's memory order, and the cache."""
    out = _forward("relu", x)
    return out, ReluCache(out)


def relu_backward(dout: Array, cache: ReluCache) -> Array:
    """Return dx: dout where x was positive, else 0."""
    return _backward("relu", dout, cache.out)


def leaky_relu_forward(x: Array, *, slope: float = 0.01) -> tuple[Array, LeakyReluCache]:
    """Return x where it is positive, slope * x elsewhere, and the cache."""
    return _forward("leaky_relu", x, slope), LeakyReluCache(x, slope)


def leaky_relu_backward(dout: Array, cache: LeakyReluCache) -> Array:
    """Return dx: dout where x was positive, slope * dout elsewhere."""
    return _backward("leaky_relu", dout, cache.x, cache.slope)


def sigmoid_forward(x: Array) -> tuple[Array, SigmoidCache]:
    """Return 1 / (1 + exp(-x)) and the cache."""
    out = _forward("sigmoid", x)
    return out, SigmoidCache(out)


def sigmoid_backward(dout: Array, cache: SigmoidCache) -> Array:
    """Return dx = dout * s * (1 - s)."""
    return _backward("sigmoid", dout, cache.out)


def tanh_forward(x: Array) -> tuple[Array, TanhCache]:
    """Return tanh(x) and the cache."""
    out = _forward("tanh", x)
    return out, TanhCache(out)


def tanh_backward(dout: Array, cache: TanhCache) -> Array:
    """Return dx = dout * (1 - t**2)."""
    return _backward("tanh", dout, cache.out)


def gelu_forward(x: Array) -> tuple[Array, NativeGeluCache]:
    """Return x * P(x) and the cache."""
    return _forward("gelu", x), NativeGeluCache(x)


def gelu_backward(dout: Array, cache: NativeGeluCache) -> Array:
    """Return dx = dout * (P(x) + x * p(x))."""
    return _backward("gelu", dout, cache.x)


def _forward(name: str, x: Array, *options: float) -> Array:
    check_dtypes(f"{name}_forward", x=x)
    last = is_channels_last(x)
    dense = dense_like(x, last)
    out = np.empty_like(dense)
    getattr(native(), f"{name}_forward")(dense.reshape(-1), *options, out.reshape(-1), default_threads())
    return as_logical(out) if last else out


def _backward(name: str, dout: Array, kept: Array, *options: float) -> Array:
    check_upstream(f"{name}_backward", dout, kept)
    last = is_channels_last(kept)
    dense = dense_like(kept, last)
    dx = np.empty_like(dense)
    arrays = dense_like(dout, last).reshape(-1), dense.reshape(-1)
    getattr(native(), f"{name}_backward")(*arrays, *options, dx.reshape(-1), default_threads())
    return as_logical(dx) if last else dx
