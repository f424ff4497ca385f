"""Average pooling of sequences: a window slides along each channel and becomes its mean.

    out[n, c, i] = 1 / count[i] * sum over s of x[n, c, i*stride - pad + s]

over the entries that exist; count_include_pad as in `avgpool.py`, which this is for images of height 1.
Shapes: x (N, C, L), out (N, C, L'). Source: LeCun et al. 1998.
"""

from dataclasses import dataclass

from pellucid.layers.avgpool import AvgPoolCache, avgpool_backward, avgpool_forward
from pellucid.layers.description import Lowered, Shape
from pellucid.layers.kind import LayerKind, declare
from pellucid.layers.pair import Pair
from pellucid.layers.pooling.sequences import SequencePooling, as_images
from pellucid.shapes import Array, check_shapes, check_whole

__all__ = ["AvgPool1d", "avgpool1d_backward", "avgpool1d_forward"]


def avgpool1d_forward(
    x: Array,
    *,
    size: int,
    stride: int | None = None,
    pad: int = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> tuple[Array, AvgPoolCache]:
    """Return out (N, C, L') and the cache. `stride` is `size` unless given."""
    check_shapes("avgpool1d_forward", x=(x, "N C L"))
    check_whole("avgpool1d_forward", "size", size)
    settings = {"ceil_mode": ceil_mode, "count_include_pad": count_include_pad}
    out, cache = avgpool_forward(x[:, :, None], **as_images(size, stride, pad), **settings)
    return out[:, :, 0], cache


def avgpool1d_backward(dout: Array, cache: AvgPoolCache) -> Array:
    """Return dx (N, C, L)."""
    n, c, *_ = cache.shape
    check_shapes("avgpool1d_backward", dout=(dout, f"{n} {c} {cache.windows.out[1]}"))
    return avgpool_backward(dout[:, :, None], cache)[:, :, 0]


AVGPOOL1D = declare(LayerKind("avgpool1d", Pair(avgpool1d_forward, avgpool1d_backward)))


@dataclass(frozen=True)
class AvgPool1d(SequencePooling):
    """The mean of each window of a sequence (C, L); count_include_pad: whether padding counts, as zeros."""

    count_include_pad: bool = True
    layer = AVGPOOL1D

    def lowered(self, shape: Shape) -> Lowered:
        lowered = super().lowered(shape)
        if self.count_include_pad:
            return lowered
        return lowered._replace(options={**lowered.options, "count_include_pad": False})
