"""Layer normalization over the last axis: each row of it gets zero mean and unit variance over its own entries.

    x_hat = (x - mean) / sqrt(var + eps)        out = gamma * x_hat + beta          mean, var over the last axis

Tokens (T, D) are normalized each by itself, an image whose channels come last (H, W, D) pixel by pixel.

Backward, with g = dout * gamma and means over the last axis, as in `layernorm.py`:

    dx = inv_std * (g - mean(g) - x_hat * mean(g * x_hat))

gamma and beta serve every row, so their gradients are summed over all axes but the last.
Shapes: x, out (N, ..., D); gamma, beta (D,). Source: Ba, Kiros & Hinton 2016.
"""

from typing import NamedTuple

import numpy as np

from pellucid.layers.batchnorm import check_eps
from pellucid.layers.kind import LayerKind, declare
from pellucid.layers.last_axis.last_affine import check_last
from pellucid.layers.pair import Pair
from pellucid.shapes import Array, ShapeError, check_shapes

__all__ = ["LAST_LAYERNORM", "LastLayerNormCache", "last_layernorm_backward", "last_layernorm_forward"]


class LastLayerNormCache(NamedTuple):
    x_hat: Array  # (N, ..., D) normalized input
    gamma: Array  # (D,)
    inv_std: Array  # (N, ..., 1) 1 / sqrt(var + eps)


def last_layernorm_forward(
    x: Array, gamma: Array, beta: Array, *, eps: float = 1e-5
) -> tuple[Array, LastLayerNormCache]:
    """Return out (N, ..., D) and the cache."""
    who = "last_layernorm_forward"
    check_shapes(who, x=(x, "N ..."), gamma=(gamma, "D"), beta=(beta, "D"))
    check_last(who, x, len(gamma), "gamma is", gamma.shape)
    check_eps(who, eps)
    if x.shape[-1] == 0:
        raise ShapeError(f"{who}: the last axis of x must have at least one entry to have a mean; got {x.shape}")
    centered = x - x.mean(axis=-1, keepdims=True)
    inv_std = 1 / np.sqrt((centered**2).mean(axis=-1, keepdims=True) + eps)
    x_hat = centered * inv_std
    return gamma * x_hat + beta, LastLayerNormCache(x_hat, gamma, inv_std)


def last_layernorm_backward(dout: Array, cache: LastLayerNormCache) -> tuple[Array, Array, Array]:
    """Return dx (N, ..., D), dgamma (D,), dbeta (D,)."""
    x_hat, gamma, inv_std = cache
    axes = " ".join(map(str, x_hat.shape))
    check_shapes("last_layernorm_backward", dout=(dout, axes), x_hat=(x_hat, axes))
    dx_hat = dout * gamma
    through_mean = dx_hat.mean(axis=-1, keepdims=True)
    through_var = x_hat * (dx_hat * x_hat).mean(axis=-1, keepdims=True)
    rows = tuple(range(x_hat.ndim - 1))
    return inv_std * (dx_hat - through_mean - through_var), (dout * x_hat).sum(axis=rows), dout.sum(axis=rows)


LAST_LAYERNORM = declare(LayerKind("last_layernorm", Pair(last_layernorm_forward, last_layernorm_backward)))
