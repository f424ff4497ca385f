"""Affine (fully connected): every output is a weighted sum of every input, plus a bias.

    out = x @ w + b          (each sample's axes flattened to one of length D = d1 * ... * dk)

Shapes: x (N, d1, ..., dk), w (D, M), b (M,), out (N, M).

Backward. out[n, m] = sum_d x[n, d] w[d, m] + b[m], so

    dx[n, d] = sum_m dout[n, m] w[d, m]          = dout @ w.T
    dw[d, m] = sum_n x[n, d] dout[n, m]          = x.T @ dout
    db[m]    = sum_n dout[n, m]                  b was broadcast over the rows, so its gradient is summed over them

Source: Rumelhart, Hinton & Williams 1986, equations 4-6.
"""

import math
from dataclasses import dataclass, field
from typing import NamedTuple

from pellucid.layers.description import LATER, Description, Init, Lowered, Parameter, Shape, check_init, check_over
from pellucid.layers.kind import LayerKind, declare
from pellucid.layers.last_axis.last_affine import LAST_AFFINE
from pellucid.layers.pair import Pair
from pellucid.shapes import Array, ShapeError, check_dtypes, check_shapes, check_whole

__all__ = ["Affine", "AffineCache", "affine_backward", "affine_forward"]


class AffineCache(NamedTuple):
    x: Array  # (N, d1, ..., dk)
    w: Array  # (D, M)


def affine_forward(x: Array, w: Array, b: Array) -> tuple[Array, AffineCache]:
    """Return out (N, M) and the cache. Raises ShapeError where the shapes do not fit."""
    check_affine_forward("affine_forward", x, w, b)
    return x.reshape(len(x), len(w)) @ w + b, AffineCache(x, w)


def affine_backward(dout: Array, cache: AffineCache) -> tuple[Array, Array, Array]:
    """Return dx (N, d1, ..., dk), dw (D, M), db (M,)."""
    x, w = cache
    check_affine_backward("affine_backward", dout, cache)
    dx = (dout @ w.T).reshape(x.shape)
    dw = x.reshape(len(x), len(w)).T @ dout
    db = dout.sum(axis=0)
    return dx, dw, db


def check_affine_forward(who: str, x: Array, w: Array, b: Array) -> None:
    """Raise ShapeError where the arguments of an affine forward do not fit."""
    check_shapes(who, w=(w, "D M"), b=(b, "M"))
    check_dtypes(who, w=w, x=x)
    features = math.prod(x.shape[1:])
    if x.ndim < 2 or features != len(w):
        raise ShapeError(
            f"{who}: x must have {len(w)} features per row because w is {w.shape}; "
            f"got {x.shape}" + (f", {features} features" if x.ndim > 1 else ", which has no row axis")
        )


def check_affine_backward(who: str, dout: Array, cache: AffineCache) -> None:
    """Raise ShapeError where dout does not fit the forward's output."""
    check_shapes(who, dout=(dout, f"{len(cache.x)} {cache.w.shape[1]}"), w=(cache.w, "D M"))


AFFINE = declare(LayerKind("affine", Pair(affine_forward, affine_backward), fuses_relu=True, flattens=True))


@dataclass(frozen=True)
class Affine(Description):
    """Fully connected: `out` weighted sums of everything that comes in; with over="last", of each row of the last axis."""

    out: int
    init: Init = None
    over: str = field(default="sample", metadata=LATER)

    def __post_init__(self) -> None:
        super().__post_init__()
        check_whole("Affine", "out", self.out)
        check_init("Affine", self.init)
        check_over("Affine", self.over)

    def lowered(self, shape: Shape) -> Lowered:
        last = self.over == "last" and len(shape) > 1
        features = shape[-1] if last else math.prod(shape)
        weight = Parameter((features, self.out), fan_in=features, fan_out=self.out, init=self.init, decays=True)
        params = {"weight": weight, "bias": Parameter((self.out,), 0.0)}
        if last:
            work = math.prod(shape) * self.out
            return Lowered(LAST_AFFINE, (*shape[:-1], self.out), params=params, multiply_adds=work)
        return Lowered(AFFINE, (self.out,), params=params, multiply_adds=features * self.out)
