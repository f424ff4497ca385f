"""Max pooling of sequences: a window slides along each channel and keeps its maximum.

    out[n, c, i] = max over s of x[n, c, i*stride - pad + s]

over the entries that exist. It is max pooling (`maxpool.py`) of images of height 1, whose height is 1 in every gradient, too.
Shapes: x (N, C, L), out (N, C, L'). Source: Collobert et al. 2011, for texts.
"""

from dataclasses import dataclass

from pellucid.layers.kind import LayerKind, declare
from pellucid.layers.maxpool import MaxPoolCache, maxpool_backward, maxpool_forward
from pellucid.layers.pair import Pair
from pellucid.layers.pooling.sequences import SequencePooling, as_images
from pellucid.shapes import Array, check_shapes, check_whole

__all__ = ["MaxPool1d", "maxpool1d_backward", "maxpool1d_forward"]


def maxpool1d_forward(
    x: Array, *, size: int, stride: int | None = None, pad: int = 0, ceil_mode: bool = False
) -> tuple[Array, MaxPoolCache]:
    """Return out (N, C, L') and the cache. `stride` is `size` unless given. NaN wins over every number."""
    check_shapes("maxpool1d_forward", x=(x, "N C L"))
    check_whole("maxpool1d_forward", "size", size)
    out, cache = maxpool_forward(x[:, :, None], **as_images(size, stride, pad), ceil_mode=ceil_mode)
    return out[:, :, 0], cache


def maxpool1d_backward(dout: Array, cache: MaxPoolCache) -> Array:
    """Return dx (N, C, L)."""
    n, c, _, places = cache.winner.shape
    check_shapes("maxpool1d_backward", dout=(dout, f"{n} {c} {places}"))
    return maxpool_backward(dout[:, :, None], cache)[:, :, 0]


MAXPOOL1D = declare(LayerKind("maxpool1d", Pair(maxpool1d_forward, maxpool1d_backward)))


@dataclass(frozen=True)
class MaxPool1d(SequencePooling):
    """The maximum of each window of a sequence (C, L); stride is the window's size unless given."""

    layer = MAXPOOL1D
