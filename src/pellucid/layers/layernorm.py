"""Layer normalization: each row gets zero mean and unit variance over its own features.

    x_hat = (x - mean) / sqrt(var + eps)        out = gamma * x_hat + beta          mean, var over the features of a row

It is batch normalization with the axes exchanged for the statistics, but not for gamma and beta, which still belong to
features. A row's output does not depend on the other rows, so training and inference are one function.

Backward. With g = dout * gamma and means over the features of a row,

    dx = inv_std * (g - mean(g) - x_hat * mean(g * x_hat))

dgamma and dbeta were broadcast over the rows, so they are summed over them.
Shapes: x, out (N, D); gamma, beta (D,). Source: Ba, Kiros & Hinton 2016.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from pellucid.layers.batchnorm import check_eps, scale_and_shift
from pellucid.layers.description import LATER, Description, Lowered, Shape, check_over
from pellucid.layers.groupnorm import GROUPNORM
from pellucid.layers.kind import LayerKind, declare
from pellucid.layers.last_axis.last_layernorm import LAST_LAYERNORM
from pellucid.layers.pair import Pair
from pellucid.shapes import Array, ShapeError, check_number, check_shapes

__all__ = ["LayerNorm", "LayerNormCache", "layernorm_backward", "layernorm_forward"]


class LayerNormCache(NamedTuple):
    x_hat: Array  # (N, D) normalized input
    gamma: Array  # (D,)
    inv_std: Array  # (N, 1) 1 / sqrt(var + eps)


def layernorm_forward(x: Array, gamma: Array, beta: Array, *, eps: float = 1e-5) -> tuple[Array, LayerNormCache]:
    """Return out (N, D) and the cache."""
    check_layernorm_forward("layernorm_forward", x, gamma, beta, eps)
    centered = x - x.mean(axis=1, keepdims=True)
    inv_std = 1 / np.sqrt((centered**2).mean(axis=1, keepdims=True) + eps)
    x_hat = centered * inv_std
    return gamma * x_hat + beta, LayerNormCache(x_hat, gamma, inv_std)


def layernorm_backward(dout: Array, cache: LayerNormCache) -> tuple[Array, Array, Array]:
    """Return dx (N, D), dgamma (D,), dbeta (D,)."""
    x_hat, gamma, inv_std = cache
    check_shapes("layernorm_backward", x_hat=(x_hat, "N D"), dout=(dout, "N D"))
    dx_hat = dout * gamma
    through_mean = dx_hat.mean(axis=1, keepdims=True)
    through_var = x_hat * (dx_hat * x_hat).mean(axis=1, keepdims=True)
    return inv_std * (dx_hat - through_mean - through_var), (dout * x_hat).sum(axis=0), dout.sum(axis=0)


def check_layernorm_forward(who: str, x: Array, gamma: Array, beta: Array, eps: float) -> None:
    """Raise ShapeError where the arguments of a layer norm's forward do not fit."""
    sizes = check_shapes(who, x=(x, "N D"), gamma=(gamma, "D"), beta=(beta, "D"))
    check_eps(who, eps)
    if sizes["D"] == 0:
        raise ShapeError(f"{who}: x must have at least one feature to have a mean; it has none")


LAYERNORM = declare(LayerKind("layernorm", Pair(layernorm_forward, layernorm_backward), fuses_relu=True))


@dataclass(frozen=True)
class LayerNorm(Description):
    """Layer normalization of features, or of a whole image over (C, H, W) with one gamma and beta a channel.

    With over="last", of each row of the last axis by itself, whose entries have the gamma and beta.
    """

    eps: float = 1e-5
    over: str = field(default="sample", metadata=LATER)

    def __post_init__(self) -> None:
        super().__post_init__()
        check_number("LayerNorm", "eps", self.eps, above=0)
        check_over("LayerNorm", self.over)

    def lowered(self, shape: Shape) -> Lowered:
        if self.over == "last" and len(shape) > 1:
            return Lowered(LAST_LAYERNORM, shape, {"eps": self.eps}, scale_and_shift(shape[-1]))
        if len(shape) == 1:
            return Lowered(LAYERNORM, shape, {"eps": self.eps}, scale_and_shift(shape[0]))
        if len(shape) == 3:
            return Lowered(GROUPNORM, shape, {"groups": 1, "eps": self.eps}, scale_and_shift(shape[0]))
        raise ShapeError(f"LayerNorm: its input must be features (D,) or an image (C, H, W); got {shape}")
