"""Affine, and affine followed by ReLU, by the native matrix product. See `layers/affine.py` for the mathematics."""

import math
from typing import NamedTuple

import numpy as np

from pellucid.kernels.binding import native
from pellucid.kernels.memory import dense_like
from pellucid.kernels.relu import relu_backward
from pellucid.kernels.threads import default_threads
from pellucid.layers import AffineCache, ReluCache
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
