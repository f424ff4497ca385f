"""Max pooling of windows that do not overlap, in the course's memory order (C order, channels first).

Pellucid's kernels store images channels last and process several channels at once, which does not pay off for three channels in
C order. Without overlap, a pixel is the maximum of at most one window: the forward compares whole columns, then whole rows, and
the backward writes each gradient once. Results equal those of `layers.maxpool`, also for ties: columns are compared first,
so that the first of equal entries in reading order wins.
"""

import math
from collections.abc import Sequence

import numpy as np

from pellucid.layers import MaxPoolCache
from pellucid.layers.windows import check_pool_forward
from pellucid.shapes import Array, check_shapes

__all__ = ["backward", "fits", "forward", "supports"]


def fits(x: Array, size: tuple[int, int], stride: tuple[int, int]) -> bool:
    """Whether windows do not overlap, and x is in C order without NaN (which a maximum must propagate)."""
    apart = all(step >= length for step, length in zip(stride, size, strict=True))
    return apart and math.prod(size) <= 256 and x.ndim == 4 and x.flags.c_contiguous and not math.isnan(x.sum())


def supports(cache: MaxPoolCache) -> bool:
    """Whether `backward` can use a cache: windows do not overlap and the winners are in C order."""
    apart = all(step >= length for step, length in zip(cache.stride, cache.size, strict=True))
    return apart and cache.pad == (0, 0) and cache.winner.flags.c_contiguous


def forward(x: Array, size: tuple[int, int], stride: tuple[int, int]) -> tuple[Array, MaxPoolCache]:
    """Return out (N, C, H', W') and the cache of `layers.maxpool_forward`."""
    down, across = check_pool_forward("max_pool_forward", x, size, stride).out
    in_row, column = _first_largest([x[..., _every(s, stride[1], across)] for s in range(size[1])])
    rows = [(slice(None), slice(None), _every(r, stride[0], down)) for r in range(size[0])]
    out, row = _first_largest([in_row[place] for place in rows])
    winner = column[rows[0]]
    for r, place in enumerate(rows[1:], start=1):
        winner = np.where(row == r, column[place] + np.uint8(r * size[1]), winner)
    return out, MaxPoolCache(np.ascontiguousarray(winner), x.shape, size, stride)


def backward(dout: Array, cache: MaxPoolCache) -> Array:
    """Return dx (N, C, H, W)."""
    winner, (n, c, h, w), size, stride, _ = cache
    check_shapes("max_pool_backward", dout=(dout, " ".join(map(str, winner.shape))))
    images, top, left = np.ogrid[: n * c, : winner.shape[2], : winner.shape[3]]
    corner = images * (h * w) + top * (stride[0] * w) + left * stride[1]
    r, s = np.divmod(np.arange(math.prod(size)), size[1])
    dx = np.zeros((n, c, h, w), dout.dtype)
    dx.reshape(-1)[corner + (r * w + s)[winner].reshape(corner.shape)] = dout.reshape(corner.shape)
    return dx


def _every(start: int, step: int, count: int) -> slice:
    return slice(start, start + step * (count - 1) + 1, step)


def _first_largest(candidates: Sequence[Array]) -> tuple[Array, Array]:
    """Return the elementwise maximum of several arrays and the index (uint8) of the first array that attains it."""
    if len(candidates) == 1:
        return candidates[0].copy(), np.zeros(candidates[0].shape, np.uint8)
    number = (candidates[1] > candidates[0]).view(np.uint8)
    best = np.maximum(candidates[0], candidates[1])
    for place, candidate in enumerate(candidates[2:], start=2):
        number = np.where(candidate > best, np.uint8(place), number)
        best = np.maximum(best, candidate)
    return best, number
