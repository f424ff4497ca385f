"""Adaptive average pooling: an image of any size becomes one of a given size, each pixel the mean of its share of the image.

    out[n, c, i, j] = mean of x[n, c, h, w] over floor(i*H/H') <= h < ceil((i+1)*H/H'), and so for w

Where H' divides H these are windows side by side; otherwise neighbours share a row. With size 1 it is global average
pooling that keeps (N, C, 1, 1). Shapes: x (N, C, H, W), out (N, C, H', W').

The mean over rows and columns is a product with a matrix from either side, A (H', H) and B (W', W), whose rows hold 1 /
count where a pixel has a share. Backward. out = A x B^T is linear in x, so dx = A^T dout B.

Source: the name and the shares are PyTorch's (AdaptiveAvgPool2d); He et al. 2015 (spatial pyramid pooling).
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from pellucid.layers.description import Description, Lowered, Shape, image_sizes
from pellucid.layers.kind import LayerKind, declare
from pellucid.layers.pair import Pair
from pellucid.shapes import Array, ShapeError, check_pair, check_shapes

__all__ = [
    "AdaptiveAvgPool",
    "AdaptiveAvgPoolCache",
    "adaptive_avgpool_backward",
    "adaptive_avgpool_forward",
    "averaging",
    "check_adaptive_avgpool",
]


class AdaptiveAvgPoolCache(NamedTuple):
    down: Array  # A (H', H)
    across: Array  # B (W', W)
    images: tuple[int, int]  # (N, C)


def adaptive_avgpool_forward(x: Array, *, output_size: int | tuple[int, int]) -> tuple[Array, AdaptiveAvgPoolCache]:
    """Return out (N, C, H', W') and the cache; output_size is (H', W'), or one number for both."""
    cache = check_adaptive_avgpool("adaptive_avgpool_forward", x, output_size)
    return cache.down @ x @ cache.across.T, cache


def adaptive_avgpool_backward(dout: Array, cache: AdaptiveAvgPoolCache) -> Array:
    """Return dx (N, C, H, W)."""
    down, across, (n, c) = cache
    check_shapes("adaptive_avgpool_backward", dout=(dout, f"{n} {c} {len(down)} {len(across)}"), down=(down, "H' H"))
    return down.T @ dout @ across


def check_adaptive_avgpool(who: str, x: Array, output_size: int | tuple[int, int]) -> AdaptiveAvgPoolCache:
    """Return the cache of a forward. Raises ShapeError where the arguments do not fit."""
    check_shapes(who, x=(x, "N C H W"))
    out_h, out_w = check_pair(who, "output_size", output_size, minimum=1)
    if 0 in x.shape[2:]:
        raise ShapeError(f"{who}: x must have at least one pixel; got {x.shape}")
    down, across = averaging(x.shape[2], out_h, x.dtype), averaging(x.shape[3], out_w, x.dtype)
    return AdaptiveAvgPoolCache(down, across, x.shape[:2])


def averaging(length: int, count: int, dtype: Any) -> Array:
    """Return the matrix (count, length) that averages `count` shares of `length` numbers."""
    places, pixels = np.arange(count)[:, None], np.arange(length)
    inside = (pixels >= places * length // count) & (pixels < -(-(places + 1) * length // count))
    return (inside / inside.sum(axis=1, keepdims=True)).astype(dtype)


ADAPTIVE_AVGPOOL = declare(LayerKind("adaptive_avgpool", Pair(adaptive_avgpool_forward, adaptive_avgpool_backward)))


@dataclass(frozen=True)
class AdaptiveAvgPool(Description):
    """An image of any size becomes one of output_size, a number or (height, width), by means of shares."""

    output_size: int | tuple[int, int]

    def __post_init__(self) -> None:
        super().__post_init__()
        check_pair("AdaptiveAvgPool", "output_size", self.output_size, minimum=1)

    def lowered(self, shape: Shape) -> Lowered:
        channels, *_ = image_sizes("AdaptiveAvgPool", shape)
        size = check_pair("AdaptiveAvgPool", "output_size", self.output_size, minimum=1)
        return Lowered(ADAPTIVE_AVGPOOL, (channels, *size), {"output_size": size})
