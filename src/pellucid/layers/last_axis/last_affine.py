"""Affine over the last axis: each row of the last axis becomes weighted sums of its own entries, plus a bias.

    out[n, ..., m] = sum over d of x[n, ..., d] w[d, m] + b[m]

The same weights serve every row: tokens (T, D) become (T, M), an image whose channels come last (H, W, D) becomes (H, W, M).
A convolution of 1 x 1 pixels is the same with the channels first.

Backward. Each row is a row of the affine layer (`affine.py`), so the gradients of the weights are summed over all of them:

    dx = dout @ w.T          dw[d, m] = sum over n, ... of x[n, ..., d] dout[n, ..., m]          db[m] = sum of dout[..., m]

Shapes: x (N, ..., D), w (D, M), b (M,), out (N, ..., M). Source: Rumelhart, Hinton & Williams 1986; Lin et al. 2014 (1 x 1).
"""

import math
from typing import NamedTuple

from pellucid.layers.kind import LayerKind, declare
from pellucid.layers.pair import Pair
from pellucid.shapes import Array, ShapeError, check_shapes

__all__ = ["LAST_AFFINE", "LastAffineCache", "check_last", "last_affine_backward", "last_affine_forward"]


class LastAffineCache(NamedTuple):
    x: Array  # (N, ..., D)
    w: Array  # (D, M)


def last_affine_forward(x: Array, w: Array, b: Array) -> tuple[Array, LastAffineCache]:
    """Return out (N, ..., M) and the cache. Raises ShapeError where the shapes do not fit."""
    check_shapes("last_affine_forward", x=(x, "N ..."), w=(w, "D M"), b=(b, "M"))
    check_last("last_affine_forward", x, len(w), "w is", w.shape)
    rows = x.reshape(_count(x), len(w)) @ w + b
    return rows.reshape(*x.shape[:-1], len(b)), LastAffineCache(x, w)


def last_affine_backward(dout: Array, cache: LastAffineCache) -> tuple[Array, Array, Array]:
    """Return dx (N, ..., D), dw (D, M), db (M,)."""
    x, w = cache
    axes = " ".join(map(str, (*x.shape[:-1], w.shape[1])))
    check_shapes("last_affine_backward", dout=(dout, axes), w=(w, "D M"))
    drows = dout.reshape(_count(x), w.shape[1])
    return (drows @ w.T).reshape(x.shape), x.reshape(_count(x), len(w)).T @ drows, drows.sum(axis=0)


def check_last(who: str, x: Array, entries: int, because: str, shape: tuple[int, ...]) -> None:
    """Raise ShapeError unless the last axis of a batch has so many entries."""
    if x.ndim < 2 or x.shape[-1] != entries:
        raise ShapeError(
            f"{who}: x must have {entries} entries in its last axis because {because} {shape}; got {x.shape}"
        )


def _count(x: Array) -> int:
    """Return how many rows of its last axis a batch has."""
    return math.prod(x.shape[:-1])


LAST_AFFINE = declare(LayerKind("last_affine", Pair(last_affine_forward, last_affine_backward)))
