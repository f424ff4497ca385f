"""Dropout of whole channels: each channel of each image is kept with probability `keep`, else set to 0 (training).

    train: out[n, c] = x[n, c] * mask[n, c] / keep          infer: out = x

Neighbouring pixels hold nearly the same; where single ones are dropped, the others still tell. One draw decides for a channel.
Backward: the mask is a constant, so dx = dout * mask / keep. The mask is that of `../dropout.py` for an array (N, C): a
function of its key (seed, layer, step), whatever the table of layers. Shapes: x (N, C, ...); out, dout and dx have the same
one. Source: Tompson et al. 2015, section 3.2 (SpatialDropout).
"""

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np

from pellucid.layers.description import Description, Lowered, Shape
from pellucid.layers.dropout import DropoutKey, check_keep, keep_mask, probability_of_keeping
from pellucid.layers.kind import LayerKind, declare
from pellucid.layers.pair import Pair
from pellucid.shapes import Array, ShapeError, check_shapes

__all__ = ["ChannelDropout", "ChannelDropoutCache", "channel_dropout_backward", "channel_dropout_forward"]


class ChannelDropoutCache(NamedTuple):
    mask: Array  # (N, C), bool: True where the channel is kept
    keep: float
    shape: tuple[int, ...]  # of x


def channel_dropout_forward(
    x: Array, keep: float, key: DropoutKey | tuple[int, int, int]
) -> tuple[Array, ChannelDropoutCache]:
    """Return x * mask / keep (training), a number of the mask for each channel, and the cache."""
    check_shapes("channel_dropout_forward", x=(x, "N C ..."))
    check_keep("channel_dropout_forward", keep)
    cache = ChannelDropoutCache(keep_mask(x.shape[:2], keep, key), keep, x.shape)
    return _dropped(x, cache), cache


def channel_dropout_backward(dout: Array, cache: ChannelDropoutCache) -> Array:
    """Return dx = dout * mask / keep."""
    check_shapes("channel_dropout_backward", dout=(dout, " ".join(map(str, cache.shape))))
    return _dropped(dout, cache)


def _dropped(values: Array, cache: ChannelDropoutCache) -> Array:
    mask = cache.mask.reshape(*cache.mask.shape, *[1] * (values.ndim - 2))
    return np.where(mask, values * values.dtype.type(1 / cache.keep), values.dtype.type(0))


CHANNEL_DROPOUT = declare(
    LayerKind(
        "channel_dropout",
        Pair(channel_dropout_forward, channel_dropout_backward),
        identity_at_inference=True,
        takes_key=True,
    )
)


@dataclass(frozen=True, init=False)
class ChannelDropout(Description):
    """Whole channels dropped: each kept with probability `keep` in training, nothing dropped at inference."""

    keep: float
    other_settings: ClassVar[tuple[str, ...]] = ("drop",)

    def __init__(
        self, probability: float | None = None, *, keep: float | None = None, drop: float | None = None
    ) -> None:
        """Take the probability of keeping or of dropping a channel, by its name; by position only 0.5. Raises ShapeError."""
        object.__setattr__(self, "keep", probability_of_keeping("ChannelDropout", probability, keep, drop))
        self.__post_init__()

    def lowered(self, shape: Shape) -> Lowered:
        if not shape:
            raise ShapeError("ChannelDropout: its input must have channels; a sample has shape ()")
        return Lowered(CHANNEL_DROPOUT, shape, {"keep": self.keep})
