"""Adaptive max pooling: an image of any size becomes one of a given size, each pixel the maximum of its share of the image.

    out[n, c, i, j] = max of x[n, c, h, w] over floor(i*H/H') <= h < ceil((i+1)*H/H'), and so for w

The shares are those of adaptive average pooling. Shapes: x (N, C, H, W), out (N, C, H', W').

Backward. The maximum passes the gradient to the entry that won; of several equal ones, the first in reading order. A pixel
that wins several shares receives the sum of their gradients. Source: the shares are PyTorch's (AdaptiveMaxPool2d).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from pellucid.layers.description import Description, Lowered, Shape, image_sizes
from pellucid.layers.kind import LayerKind, declare
from pellucid.layers.pair import Pair
from pellucid.shapes import Array, ShapeError, check_pair, check_shapes

__all__ = ["AdaptiveMaxPool", "AdaptiveMaxPoolCache", "adaptive_maxpool_backward", "adaptive_maxpool_forward"]


class AdaptiveMaxPoolCache(NamedTuple):
    winner: Array  # (N, C, H', W') which pixel won, counted in reading order over the image
    shape: tuple[int, int, int, int]  # (N, C, H, W)


def adaptive_maxpool_forward(x: Array, *, output_size: int | tuple[int, int]) -> tuple[Array, AdaptiveMaxPoolCache]:
    """Return out (N, C, H', W') and the cache; output_size is (H', W'), or one number for both. NaN wins over every number."""
    who = "adaptive_maxpool_forward"
    check_shapes(who, x=(x, "N C H W"))
    size = check_pair(who, "output_size", output_size, minimum=1)
    if 0 in x.shape[2:]:
        raise ShapeError(f"{who}: x must have at least one pixel; got {x.shape}")
    n, c, height, width = x.shape
    winner = np.empty((n, c, *size), np.intp)
    for i, (top, bottom) in enumerate(shares(height, size[0])):
        for j, (left, right) in enumerate(shares(width, size[1])):
            part = x[:, :, top:bottom, left:right].reshape(n, c, (bottom - top) * (right - left))
            r, s = np.divmod(part.argmax(axis=2), right - left)
            winner[:, :, i, j] = (top + r) * width + left + s
    pixels, places = x.reshape(n, c, height * width), winner.reshape(n, c, size[0] * size[1])
    out = np.take_along_axis(pixels, places, axis=2)
    return out.reshape(winner.shape), AdaptiveMaxPoolCache(winner, x.shape)


def adaptive_maxpool_backward(dout: Array, cache: AdaptiveMaxPoolCache) -> Array:
    """Return dx (N, C, H, W)."""
    winner, shape = cache
    check_shapes("adaptive_maxpool_backward", dout=(dout, " ".join(map(str, winner.shape))))
    dx = np.zeros((shape[0] * shape[1], shape[2] * shape[3]), dout.dtype)
    rows, places = np.arange(len(dx))[:, None], (len(dx), winner.shape[2] * winner.shape[3])
    np.add.at(dx, (rows, winner.reshape(places)), dout.reshape(places))  # several shares may have one winner
    return dx.reshape(shape)


def shares(length: int, count: int) -> Iterator[tuple[int, int]]:
    """Yield where each of `count` shares of `length` pixels begins and ends."""
    return ((place * length // count, -(-(place + 1) * length // count)) for place in range(count))


ADAPTIVE_MAXPOOL = declare(LayerKind("adaptive_maxpool", Pair(adaptive_maxpool_forward, adaptive_maxpool_backward)))


@dataclass(frozen=True)
class AdaptiveMaxPool(Description):
    """An image of any size becomes one of output_size, a number or (height, width), by maxima of shares."""

    output_size: int | tuple[int, int]

    def __post_init__(self) -> None:
        super().__post_init__()
        check_pair("AdaptiveMaxPool", "output_size", self.output_size, minimum=1)

    def lowered(self, shape: Shape) -> Lowered:
        channels, *_ = image_sizes("AdaptiveMaxPool", shape)
        size = check_pair("AdaptiveMaxPool", "output_size", self.output_size, minimum=1)
        return Lowered(ADAPTIVE_MAXPOOL, (channels, *size), {"output_size": size})
