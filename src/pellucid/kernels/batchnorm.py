"""Batch normalization in two passes over the data each way. See `layers/batchnorm.py` for the mathematics.

The cache keeps x itself and the statistics, not the normalized x: computing that again in the backward is cheaper than reading it
from memory.
"""

from typing import Any, NamedTuple

import numpy as np

from pellucid.kernels.binding import native
from pellucid.kernels.declaration import declare_native
from pellucid.kernels.memory import as_images, as_logical, dense_like
from pellucid.kernels.planned_layer import Arrays, Call, GradientArrays, LayerContext, PlannedLayer, Shape
from pellucid.kernels.threads import default_threads
from pellucid.layers import Pair
from pellucid.layers.batchnorm import check_eps
from pellucid.shapes import Array, ShapeError, check_shapes

__all__ = [
    "NativeBatchNormCache",
    "batchnorm_backward",
    "batchnorm_forward",
    "spatial_batchnorm_backward",
    "spatial_batchnorm_forward",
]


class NativeBatchNormCache(NamedTuple):
    x: Array  # (N, D), dense
    gamma: Array  # (D,)
    beta: Array  # (D,)
    mean: Array  # (D,)
    var: Array  # (D,) biased
    inv_std: Array  # (D,)
    shape: tuple[int, ...]  # of the logical input


def batchnorm_forward(x: Array, gamma: Array, beta: Array, *, eps: float = 1e-5) -> tuple[Array, NativeBatchNormCache]:
    """Return out (N, D) and the cache (training)."""
    sizes = check_shapes("batchnorm_forward", x=(x, "N D"), gamma=(gamma, "D"), beta=(beta, "D"))
    check_eps("batchnorm_forward", eps)
    if sizes["N"] == 0:
        raise ShapeError("batchnorm_forward: x must hold at least one row to have a mean; it is empty")
    return _forward(dense_like(x, False), gamma, beta, eps, x.shape)


def batchnorm_backward(dout: Array, cache: NativeBatchNormCache) -> tuple[Array, Array, Array]:
    """Return dx (N, D), dgamma (D,), dbeta (D,)."""
    check_shapes("batchnorm_backward", x=(cache.x, "N D"), dout=(dout, "N D"))
    return _backward(dense_like(dout, False), cache)


def spatial_batchnorm_forward(
    x: Array, gamma: Array, beta: Array, *, eps: float = 1e-5
) -> tuple[Array, NativeBatchNormCache]:
    """Return out (N, C, H, W), channels last in memory, and the cache (training)."""
    check_shapes("spatial_batchnorm_forward", x=(x, "N C H W"), gamma=(gamma, "C"), beta=(beta, "C"))
    check_eps("spatial_batchnorm_forward", eps)
    if x.size == 0:
        raise ShapeError(f"spatial_batchnorm_forward: x must hold at least one pixel to have a mean; got {x.shape}")
    images = as_images(x)
    out, cache = _forward(images.reshape(-1, x.shape[1]), gamma, beta, eps, x.shape)
    return as_logical(out.reshape(images.shape)), cache


def spatial_batchnorm_backward(dout: Array, cache: NativeBatchNormCache) -> tuple[Array, Array, Array]:
    """Return dx (N, C, H, W), dgamma (C,), dbeta (C,)."""
    check_shapes("spatial_batchnorm_backward", dout=(dout, " ".join(map(str, cache.shape))), gamma=(cache.gamma, "C"))
    images = as_images(dout)
    dx, dgamma, dbeta = _backward(images.reshape(cache.x.shape), cache)
    return as_logical(dx.reshape(images.shape)), dgamma, dbeta


def _forward(
    x: Array, gamma: Array, beta: Array, eps: float, shape: tuple[int, ...]
) -> tuple[Array, NativeBatchNormCache]:
    gamma, beta = dense_like(gamma, False), dense_like(beta, False)
    out = np.empty_like(x)
    mean, var, inv_std = (np.empty(x.shape[1], x.dtype) for _ in range(3))
    if x.size:  # without a column there is nothing to compute
        native().batchnorm_forward(x, gamma, beta, eps, False, np.inf, out, mean, var, inv_std, default_threads())
    return out, NativeBatchNormCache(x, gamma, beta, mean, var, inv_std, shape)


def _backward(dout: Array, cache: NativeBatchNormCache) -> tuple[Array, Array, Array]:
    x, gamma, beta, mean, _, inv_std, _ = cache
    written = np.empty_like(x), np.empty_like(gamma), np.empty_like(gamma)
    if x.size:
        native().batchnorm_backward(dout, x, gamma, beta, mean, inv_std, False, np.inf, *written, default_threads())
    return written


class _BatchNorm(PlannedLayer):
    infers = False
    reads_input = True
    needs_private = gradient_is_private = True

    def saved(self, context: LayerContext) -> dict[str, tuple[Shape, Any]]:
        return {"inv_std": (context.params[0], context.dtype)}

    def workspace(self, context: LayerContext) -> int:
        needed = getattr(native(), f"batchnorm_workspace_{context.dtype.name}")
        return int(needed(context.params[0][0], context.threads))

    def forward(self, context: LayerContext, arrays: Arrays) -> list[Call]:
        (x,), (gamma, beta), (mean, var) = arrays.inputs, arrays.params, arrays.statistics
        settings = context.options["eps"], context.relu, context.ceiling
        statistics = mean, var, arrays.saved["inv_std"]
        bound = native().bound.batchnorm_forward
        return [bound(arrays.workspace, x, gamma, beta, *settings, arrays.output, *statistics, context.threads)]

    def cheap_to_recompute(self, context: LayerContext) -> bool:
        return True

    def recompute(self, context: LayerContext, arrays: Arrays) -> list[Call]:
        (x,), (gamma, beta), (mean, _) = arrays.inputs, arrays.params, arrays.statistics
        statistics = mean, arrays.saved["inv_std"]
        return [
            native().bound.batchnorm_apply(
                None, x, gamma, beta, *statistics, context.relu, context.ceiling, arrays.output, context.threads
            )
        ]

    def backward(self, context: LayerContext, arrays: Arrays, gradients: GradientArrays) -> list[Call]:
        (x,), (gamma, beta), (mean, _) = arrays.inputs, arrays.params, arrays.statistics
        statistics = mean, arrays.saved["inv_std"]
        read, written = (gradients.output, x, gamma, beta, *statistics), (gradients.private, *gradients.params)
        bound = native().bound.batchnorm_backward
        return [bound(arrays.workspace, *read, context.relu, context.ceiling, *written, context.threads)]


declare_native("batchnorm", Pair(batchnorm_forward, batchnorm_backward), _BatchNorm())
declare_native("spatial_batchnorm", Pair(spatial_batchnorm_forward, spatial_batchnorm_backward), _BatchNorm())
