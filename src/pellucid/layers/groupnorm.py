"""Group normalization: each group of channels of one image gets zero mean and unit variance.

The C channels are split into G groups of C / G neighbours; a group of one image is normalized over its channels, height and
width. gamma and beta belong to channels.

    x_hat = (x - mean) / sqrt(var + eps)        out = gamma * x_hat + beta          mean, var over (C/G, H, W) of a group

G = 1 is layer normalization over (C, H, W); G = C is instance normalization. No statistics cross images, so training and
inference are one function.

Backward. As in layer normalization, with the means over a group; gamma and beta were broadcast over images and pixels, so
their gradients are summed over (N, H, W).
Shapes: x, out (N, C, H, W); gamma, beta (C,). Source: Wu & He 2018.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from pellucid.layers.batchnorm import check_eps, scale_and_shift
from pellucid.layers.description import Description, Lowered, Shape, image_sizes
from pellucid.layers.kind import LayerKind, declare
from pellucid.layers.pair import Pair
from pellucid.shapes import Array, ShapeError, check_number, check_shapes, check_whole

__all__ = ["GroupNorm", "GroupNormCache", "groupnorm_backward", "groupnorm_forward"]


class GroupNormCache(NamedTuple):
    x_hat: Array  # (N, C, H, W) normalized input
    gamma: Array  # (C,)
    inv_std: Array  # (N, G, 1) 1 / sqrt(var + eps)


def groupnorm_forward(
    x: Array, gamma: Array, beta: Array, *, groups: int, eps: float = 1e-5
) -> tuple[Array, GroupNormCache]:
    """Return out (N, C, H, W) and the cache. `groups` must divide C."""
    check_groupnorm_forward("groupnorm_forward", x, gamma, beta, groups, eps)
    n, c, h, w = x.shape
    grouped = x.reshape(n, groups, c // groups * h * w)
    centered = grouped - grouped.mean(axis=2, keepdims=True)
    inv_std = 1 / np.sqrt((centered**2).mean(axis=2, keepdims=True) + eps)
    x_hat = (centered * inv_std).reshape(x.shape)
    return gamma[:, None, None] * x_hat + beta[:, None, None], GroupNormCache(x_hat, gamma, inv_std)


def groupnorm_backward(dout: Array, cache: GroupNormCache) -> tuple[Array, Array, Array]:
    """Return dx (N, C, H, W), dgamma (C,), dbeta (C,)."""
    x_hat, gamma, inv_std = cache
    check_shapes("groupnorm_backward", x_hat=(x_hat, "N C H W"), dout=(dout, "N C H W"))
    groups = (*inv_std.shape[:2], math.prod(x_hat.shape[1:]) // inv_std.shape[1])
    dx_hat = (dout * gamma[:, None, None]).reshape(groups)
    x_hat_of_group = x_hat.reshape(groups)
    through_mean = dx_hat.mean(axis=2, keepdims=True)
    through_var = x_hat_of_group * (dx_hat * x_hat_of_group).mean(axis=2, keepdims=True)
    dx = (inv_std * (dx_hat - through_mean - through_var)).reshape(x_hat.shape)
    return dx, (dout * x_hat).sum(axis=(0, 2, 3)), dout.sum(axis=(0, 2, 3))


def check_groupnorm_forward(who: str, x: Array, gamma: Array, beta: Array, groups: int, eps: float) -> None:
    """Raise ShapeError where the arguments of a group norm's forward do not fit."""
    sizes = check_shapes(who, x=(x, "N C H W"), gamma=(gamma, "C"), beta=(beta, "C"))
    check_eps(who, eps)
    if not isinstance(groups, (int, np.integer)) or groups < 1 or sizes["C"] % groups:
        raise ShapeError(f"{who}: groups must divide the {sizes['C']} channels of x; got {groups!r}")
    if x[:1].size == 0 and len(x):
        raise ShapeError(f"{who}: a group must hold at least one number; x is {x.shape}")


GROUPNORM = declare(LayerKind("groupnorm", Pair(groupnorm_forward, groupnorm_backward), fuses_relu=True))


@dataclass(frozen=True)
class GroupNorm(Description):
    """Group normalization: the channels of an image in `groups` groups."""

    groups: int
    eps: float = 1e-5

    def __post_init__(self) -> None:
        super().__post_init__()
        check_whole("GroupNorm", "groups", self.groups)
        check_number("GroupNorm", "eps", self.eps, above=0)

    def lowered(self, shape: Shape) -> Lowered:
        channels, *_ = image_sizes("GroupNorm", shape)
        if channels % self.groups:
            raise ShapeError(f"GroupNorm: groups must divide the {channels} channels; got {self.groups}")
        return Lowered(GROUPNORM, shape, {"groups": self.groups, "eps": self.eps}, scale_and_shift(channels))
