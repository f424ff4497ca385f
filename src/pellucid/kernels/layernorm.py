"""Layer normalization, a row at a time. See `layers/layernorm.py` for the mathematics.

The cache keeps x itself and each row's statistics in float64, not the normalized x: the backward computes that again.
"""

from typing import Any, NamedTuple

import numpy as np

from pellucid.kernels.binding import native
from pellucid.kernels.declaration import declare_native
from pellucid.kernels.memory import dense_like
from pellucid.kernels.planned_layer import Arrays, Call, GradientArrays, LayerContext, PlannedLayer, Shape
from pellucid.kernels.threads import default_threads
from pellucid.layers import Pair
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


class _LayerNorm(PlannedLayer):
    reads_input = True
    needs_private = gradient_is_private = True

    def saved(self, context: LayerContext) -> dict[str, tuple[Shape, Any]]:
        return {name: ((context.samples,), np.dtype(np.float64)) for name in ("mean", "inv_std")}

    def workspace(self, context: LayerContext) -> int:
        needed = getattr(native(), f"layernorm_workspace_{context.dtype.name}")
        return int(needed(context.params[0][0], context.threads))

    def forward(self, context: LayerContext, arrays: Arrays) -> list[Call]:
        (x,), settings = arrays.inputs, (context.options["eps"], context.relu)
        written = arrays.output, arrays.saved["mean"], arrays.saved["inv_std"]
        return [native().bound.layernorm_forward(None, x, *arrays.params, *settings, *written, context.threads)]

    def backward(self, context: LayerContext, arrays: Arrays, gradients: GradientArrays) -> list[Call]:
        (x,), statistics = arrays.inputs, (arrays.saved["mean"], arrays.saved["inv_std"])
        read, written = (gradients.output, x, *arrays.params, *statistics), (gradients.private, *gradients.params)
        return [native().bound.layernorm_backward(arrays.workspace, *read, context.relu, *written, context.threads)]


declare_native("layernorm", Pair(layernorm_forward, layernorm_backward), _LayerNorm())
