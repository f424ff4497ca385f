"""Layer normalization, a row at a time. See `layers/layernorm.py` for the mathematics.

The cache keeps x itself and each row's statistics in float64, not the normalized x: the backward computes that again.
"""

from typing import NamedTuple

import numpy as np

from pellucid.kernels.binding import native
from pellucid.kernels.memory import dense_like
from pellucid.kernels.threads import default_threads
from pellucid.layers.layernorm import check_layernorm_forward
from pellucid.shapes import Array, check_shapes

__all__ = ["NativeLayerNormCache", "layernorm_backward", "layernorm_forward"]


class NativeLayerNormCache(NamedTuple):
    x: Array  # (N, D), dense
    gamma: Array  # (D,)
    beta: Array  # (D,)
    mean: Array  # (N,) float64
    inv_std: Array  # (N,) float64


def layernorm_forward(x: Array, gamma: Array, beta: Array, *, eps: float = 1e-5) -> tuple[Array, NativeLayerNormCache]:
    """Return out (N, D) and the cache."""
    check_layernorm_forward("layernorm_forward", x, gamma, beta, eps)
    x, gamma, beta = (dense_like(array, False) for array in (x, gamma, beta))
    out, mean, inv_std = np.empty_like(x), np.empty(len(x)), np.empty(len(x))
    native().layernorm_forward(x, gamma, beta, eps, False, out, mean, inv_std, default_threads())
    return out, NativeLayerNormCache(x, gamma, beta, mean, inv_std)


def layernorm_backward(dout: Array, cache: NativeLayerNormCache) -> tuple[Array, Array, Array]:
    """Return dx (N, D), dgamma (D,), dbeta (D,)."""
    check_shapes("layernorm_backward", x=(cache.x, "N D"), dout=(dout, "N D"))
    dx, dgamma, dbeta = np.empty_like(cache.x), np.empty_like(cache.gamma), np.empty_like(cache.beta)
    native().layernorm_backward(dense_like(dout, False), *cache, False, dx, dgamma, dbeta, default_threads())
    return dx, dgamma, dbeta
