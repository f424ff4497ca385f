"""ReLU in one pass. See `layers/activations.py` for the mathematics."""

import numpy as np

from pellucid.kernels.binding import native
from pellucid.kernels.memory import as_logical, dense_like, is_channels_last
from pellucid.kernels.threads import default_threads
from pellucid.layers import ReluCache
from pellucid.layers.activations import check_upstream
from pellucid.shapes import Array, check_dtypes

__all__ = ["relu_backward", "relu_forward"]


def relu_forward(x: Array) -> tuple[Array, ReluCache]:
    """Return max(0, x), in x's memory order, and the cache."""
    check_dtypes("relu_forward", x=x)
    last = is_channels_last(x)
    dense = dense_like(x, last)
    out = np.empty_like(dense)
    native().relu_forward(dense, out, default_threads())
    out = as_logical(out) if last else out
    return out, ReluCache(out)


def relu_backward(dout: Array, cache: ReluCache) -> Array:
    """Return dx: dout where x was positive, else 0."""
    check_upstream("relu_backward", dout, cache.out)
    last = is_channels_last(cache.out)
    out = dense_like(cache.out, last)
    dx = np.empty_like(out)
    native().relu_backward(dense_like(dout, last), out, dx, default_threads())
    return as_logical(dx) if last else dx
