"""Enlarge an image by whole factors: each pixel becomes a block of copies.

    out[n, c, i, j] = x[n, c, i // scale_h, j // scale_w]

Backward. A pixel receives the sum of the gradients of its copies: dx[n, c, h, w] = sum of dout over its block.
Shapes: x (N, C, H, W), out (N, C, scale_h H, scale_w W).
"""

from typing import NamedTuple

import numpy as np

from pellucid.layers.kind import LayerKind, declare
from pellucid.layers.pair import Pair
from pellucid.shapes import Array, check_pair, check_shapes

__all__ = ["UPSAMPLE_NEAREST", "UpsampleNearestCache", "upsample_nearest_backward", "upsample_nearest_forward"]


class UpsampleNearestCache(NamedTuple):
    shape: tuple[int, int, int, int]  # (N, C, H, W)
    scale: tuple[int, int]


def upsample_nearest_forward(x: Array, *, scale_factor: int | tuple[int, int]) -> tuple[Array, UpsampleNearestCache]:
    """Return out (N, C, scale_h H, scale_w W) and the cache."""
    check_shapes("upsample_nearest_forward", x=(x, "N C H W"))
    scale = check_pair("upsample_nearest_forward", "scale_factor", scale_factor, minimum=1)
    out = np.repeat(np.repeat(x, scale[0], axis=2), scale[1], axis=3)
    return out, UpsampleNearestCache(x.shape, scale)


def upsample_nearest_backward(dout: Array, cache: UpsampleNearestCache) -> Array:
    """Return dx (N, C, H, W)."""
    (n, c, h, w), (down, across) = cache
    check_shapes("upsample_nearest_backward", dout=(dout, f"{n} {c} {h * down} {w * across}"))
    return dout.reshape(n, c, h, down, w, across).sum(axis=(3, 5))


UPSAMPLE_NEAREST = declare(LayerKind("upsample_nearest", Pair(upsample_nearest_forward, upsample_nearest_backward)))
