"""Root-mean-square normalization: each row is divided by the root of the mean of its squares; no mean is subtracted.

    x_hat = x / sqrt(mean(x**2) + eps)        out = gamma * x_hat          mean over the features of a row

A row is a sample's features, or a row of the last axis: tokens (T, D) are normalized each by itself.

Backward. A feature reaches the outputs on two paths: through its own x_hat, and through the mean of the squares, which all
outputs of the row share. With g = dout * gamma, inv_rms = 1 / sqrt(mean(x**2) + eps) and means over the features of a row,

    dx = inv_rms * (g - x_hat * mean(g * x_hat))

It is layer normalization's gradient without the path through the mean. gamma was broadcast over the rows: dgamma is summed
over them. Shapes: x, out (N, ..., D); gamma (D,). Source: Zhang & Sennrich 2019.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from pellucid.layers.batchnorm import check_eps
from pellucid.layers.description import LATER, Description, Lowered, Parameter, Shape, check_over
from pellucid.layers.kind import LayerKind, declare
from pellucid.layers.last_axis.last_affine import check_last
from pellucid.layers.pair import Pair
from pellucid.shapes import Array, ShapeError, check_number, check_shapes

__all__ = ["RMSNorm", "RmsNormCache", "rmsnorm_backward", "rmsnorm_forward"]


class RmsNormCache(NamedTuple):
    x_hat: Array  # (N, ..., D) normalized input
    gamma: Array  # (D,)
    inv_rms: Array  # (N, ..., 1) 1 / sqrt(mean(x**2) + eps)


def rmsnorm_forward(x: Array, gamma: Array, *, eps: float = 1e-5) -> tuple[Array, RmsNormCache]:
    """Return out (N, ..., D) and the cache."""
    check_shapes("rmsnorm_forward", x=(x, "N ..."), gamma=(gamma, "D"))
    check_last("rmsnorm_forward", x, len(gamma), "gamma is", gamma.shape)
    check_eps("rmsnorm_forward", eps)
    if x.shape[-1] == 0:
        raise ShapeError("rmsnorm_forward: x must have at least one feature to have a mean; it has none")
    inv_rms = 1 / np.sqrt((x**2).mean(axis=-1, keepdims=True) + eps)
    x_hat = x * inv_rms
    return gamma * x_hat, RmsNormCache(x_hat, gamma, inv_rms)


def rmsnorm_backward(dout: Array, cache: RmsNormCache) -> tuple[Array, Array]:
    """Return dx (N, ..., D), dgamma (D,)."""
    x_hat, gamma, inv_rms = cache
    axes = " ".join(map(str, x_hat.shape))
    check_shapes("rmsnorm_backward", x_hat=(x_hat, axes), dout=(dout, axes))
    dx_hat = dout * gamma
    through_squares = x_hat * (dx_hat * x_hat).mean(axis=-1, keepdims=True)
    return inv_rms * (dx_hat - through_squares), (dout * x_hat).sum(axis=tuple(range(x_hat.ndim - 1)))


RMSNORM = declare(LayerKind("rmsnorm", Pair(rmsnorm_forward, rmsnorm_backward)))


@dataclass(frozen=True)
class RMSNorm(Description):
    """Each row of features divided by the root of the mean of its squares, then scaled by feature.

    With over="last", of each row of the last axis by itself.
    """

    eps: float = 1e-5
    over: str = field(default="sample", metadata=LATER)

    def __post_init__(self) -> None:
        super().__post_init__()
        check_number("RMSNorm", "eps", self.eps, above=0)
        check_over("RMSNorm", self.over)

    def lowered(self, shape: Shape) -> Lowered:
        if not shape or (len(shape) > 1 and self.over != "last"):
            raise ShapeError(f"RMSNorm: its input must be features (D,), or over='last'; got {shape}")
        return Lowered(RMSNORM, shape, {"eps": self.eps}, {"gamma": Parameter(shape[-1:], 1.0)})
