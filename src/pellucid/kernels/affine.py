"""Affine, and affine followed by ReLU, by the native matrix product. See `layers/affine.py` for the mathematics."""

import math
from typing import NamedTuple

import numpy as np

from pellucid.kernels.activations.relu import relu_backward
from pellucid.kernels.binding import native
from pellucid.kernels.declaration import declare_entry, declare_native
from pellucid.kernels.memory import dense_like
from pellucid.kernels.planned_layer import Arrays, Call, GradientArrays, LayerContext, PlannedLayer, through_relu
from pellucid.kernels.threads import default_threads
from pellucid.layers import AffineCache, Pair, ReluCache
from pellucid.layers.affine import check_affine_backward, check_affine_forward
from pellucid.layers.sandwich import AffineReluCache
from pellucid.shapes import Array

__all__ = ["affine_backward", "affine_forward", "affine_relu_backward", "affine_relu_forward"]


class _Matrices(NamedTuple):
    x: Array  # (N, D)
    w: Array  # (D, M)


def affine_forward(x: Array, w: Array, b: Array) -> tuple[Array, AffineCache]:
    """Return out (N, M) and the cache."""
    check_affine_forward("affine_forward", x, w, b)
    return _forward(x, w, b, relu=False), AffineCache(x, w)


def affine_backward(dout: Array, cache: AffineCache) -> tuple[Array, Array, Array]:
    """Return dx (N, d1, ..., dk), dw (D, M), db (M,)."""
    check_affine_backward("affine_backward", dout, cache)
    x, w = _matrices(cache.x, cache.w)
    dx, dw, db = np.empty_like(x), np.empty_like(w), np.empty(w.shape[1], w.dtype)
    native().affine_backward(dense_like(dout, False), x, w, 1, dx, dw, db, default_threads())
    return dx.reshape(cache.x.shape), dw, db


def affine_relu_forward(x: Array, w: Array, b: Array) -> tuple[Array, AffineReluCache]:
    """Return relu(affine(x)) (N, M) and the cache."""
    check_affine_forward("affine_forward", x, w, b)
    out = _forward(x, w, b, relu=True)
    return out, AffineReluCache(AffineCache(x, w), ReluCache(out))


def affine_relu_backward(dout: Array, cache: AffineReluCache) -> tuple[Array, Array, Array]:
    """Return dx, dw, db."""
    return affine_backward(relu_backward(dout, cache.relu), cache.affine)


def _forward(x: Array, w: Array, b: Array, *, relu: bool) -> Array:
    matrices = _matrices(x, w)
    out = np.empty((len(x), w.shape[1]), x.dtype)
    native().affine_forward(*matrices, dense_like(b, False), 1, relu, out, default_threads())
    return out


def _matrices(x: Array, w: Array) -> _Matrices:
    rows = x.reshape(len(x), math.prod(x.shape[1:]))
    return _Matrices(dense_like(rows, False), dense_like(w, False))


class _Affine(PlannedLayer):
    reads_input = True

    def workspace(self, context: LayerContext) -> int:
        needed = getattr(native(), f"affine_workspace_{context.dtype.name}")
        return int(needed(context.samples, *context.params[0], context.threads))

    def forward(self, context: LayerContext, arrays: Arrays) -> list[Call]:
        (x,), (w, b) = arrays.inputs, arrays.params
        bound = native().bound.affine_forward
        return [bound(arrays.workspace, _rows(x), w, b, context.pixels, context.relu, arrays.output, context.threads)]

    def backward(self, context: LayerContext, arrays: Arrays, gradients: GradientArrays) -> list[Call]:
        dout, calls = through_relu(context, arrays, gradients)
        (x,), (w, _), (dx,), (dw, db) = arrays.inputs, arrays.params, gradients.inputs, gradients.params
        dx = None if dx is None else _rows(dx)
        bound = native().bound.affine_backward
        return [*calls, bound(arrays.workspace, dout, _rows(x), w, context.pixels, dx, dw, db, context.threads)]


def _rows(x: Array) -> Array:
    return x.reshape(len(x), -1)


declare_native("affine", Pair(affine_forward, affine_backward), _Affine())
declare_entry("affine_relu", Pair(affine_relu_forward, affine_relu_backward))
