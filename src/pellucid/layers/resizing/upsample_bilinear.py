"""Enlarge an image by straight lines between its pixels, down and across.

    out = A x B^T, A (H', H) and B (W', W): each row holds the weights 1 - t and t of the two pixels between which a place lies

Place i of H' lies at p of the H pixels, t = p - floor(p), where

    p = i * (H - 1) / (H' - 1)               with align_corners: the outer pixels stay where they are
    p = max((i + 1/2) / scale - 1/2, 0)      without: the outer borders of the image stay where they are

and a neighbour beyond the last pixel is the last pixel. Backward. out is linear in x, so dx = A^T dout B.
Shapes: x (N, C, H, W), out (N, C, scale_h H, scale_w W).
"""

from typing import Any, NamedTuple

import numpy as np

from pellucid.layers.kind import LayerKind, declare
from pellucid.layers.pair import Pair
from pellucid.shapes import Array, ShapeError, check_pair, check_shapes

__all__ = [
    "UPSAMPLE_BILINEAR",
    "UpsampleBilinearCache",
    "interpolation",
    "upsample_bilinear_backward",
    "upsample_bilinear_forward",
]


class UpsampleBilinearCache(NamedTuple):
    down: Array  # A (H', H)
    across: Array  # B (W', W)
    images: tuple[int, int]  # (N, C)


def upsample_bilinear_forward(
    x: Array, *, scale_factor: int | tuple[int, int], align_corners: bool = False
) -> tuple[Array, UpsampleBilinearCache]:
    """Return out (N, C, scale_h H, scale_w W) and the cache."""
    who = "upsample_bilinear_forward"
    check_shapes(who, x=(x, "N C H W"))
    scale = check_pair(who, "scale_factor", scale_factor, minimum=1)
    if 0 in x.shape[2:]:
        raise ShapeError(f"{who}: x must have at least one pixel; got {x.shape}")
    down, across = (interpolation(x.shape[2 + axis], scale[axis], align_corners, x.dtype) for axis in (0, 1))
    return down @ x @ across.T, UpsampleBilinearCache(down, across, x.shape[:2])


def upsample_bilinear_backward(dout: Array, cache: UpsampleBilinearCache) -> Array:
    """Return dx (N, C, H, W)."""
    down, across, (n, c) = cache
    check_shapes("upsample_bilinear_backward", dout=(dout, f"{n} {c} {len(down)} {len(across)}"), down=(down, "H' H"))
    return down.T @ dout @ across


def interpolation(length: int, scale: int, align_corners: bool, dtype: Any) -> Array:
    """Return the matrix (scale * length, length) of weights between neighbours."""
    places = np.arange(scale * length)
    if align_corners:
        at = places * ((length - 1) / max(scale * length - 1, 1))
    else:
        at = np.maximum((places + 0.5) / scale - 0.5, 0)
    before = np.minimum(at.astype(int), length - 1)
    after = np.minimum(before + 1, length - 1)
    weights = np.zeros((scale * length, length))
    np.add.at(weights, (places, before), 1 - (at - before))
    np.add.at(weights, (places, after), at - before)
    return weights.astype(dtype)


UPSAMPLE_BILINEAR = declare(LayerKind("upsample_bilinear", Pair(upsample_bilinear_forward, upsample_bilinear_backward)))
