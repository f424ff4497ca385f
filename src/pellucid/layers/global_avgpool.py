"""Global average pooling: each channel becomes its mean.

    out[n, c] = mean over h, w of x[n, c, h, w]          dx[n, c, h, w] = dout[n, c] / (H W)

Shapes: x (N, C, H, W), out (N, C). Source: Lin, Chen & Yan 2014.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from pellucid.layers.description import Description, Lowered, Shape, image_sizes
from pellucid.layers.kind import LayerKind, declare
from pellucid.layers.pair import Pair
from pellucid.shapes import Array, ShapeError, check_shapes

__all__ = ["GlobalAvgPool", "GlobalAvgPoolCache", "global_avgpool_backward", "global_avgpool_forward"]


class GlobalAvgPoolCache(NamedTuple):
    shape: tuple[int, int, int, int]  # (N, C, H, W)


def global_avgpool_forward(x: Array) -> tuple[Array, GlobalAvgPoolCache]:
    """Return out (N, C), the mean of each channel, and the cache."""
    check_global_avgpool_forward("global_avgpool_forward", x)
    return x.mean(axis=(2, 3)), GlobalAvgPoolCache(x.shape)


def global_avgpool_backward(dout: Array, cache: GlobalAvgPoolCache) -> Array:
    """Return dx (N, C, H, W): each pixel receives 1 / (H W) of its channel's gradient."""
    n, c, h, w = cache.shape
    check_shapes("global_avgpool_backward", dout=(dout, f"{n} {c}"))
    return np.broadcast_to((dout / dout.dtype.type(h * w))[:, :, None, None], cache.shape).copy()


def check_global_avgpool_forward(who: str, x: Array) -> None:
    """Raise ShapeError where x is not a batch of images with at least one pixel."""
    check_shapes(who, x=(x, "N C H W"))
    if 0 in x.shape[2:]:
        raise ShapeError(f"{who}: x must have at least one pixel; got {x.shape}")


GLOBAL_AVGPOOL = declare(LayerKind("global_avgpool", Pair(global_avgpool_forward, global_avgpool_backward)))


@dataclass(frozen=True)
class GlobalAvgPool(Description):
    """The mean of each channel: an image becomes C numbers."""

    def lowered(self, shape: Shape) -> Lowered:
        channels, *_ = image_sizes("GlobalAvgPool", shape)
        return Lowered(GLOBAL_AVGPOOL, (channels,))
