"""Softmax over the channels or features: positive numbers that add up to 1.

    p[n, c] = exp(x[n, c] - max_n) / sum over j of exp(x[n, j] - max_n)

Subtracting the row's maximum changes nothing, since it cancels, and keeps exp from overflowing. Shapes: x (N, C, ...), out
as x; pixels of an image are each a row of their own.

Backward. Each p[c] depends on every x[j] of its row: dp[c]/dx[j] = p[c] * ([c = j] - p[j]), so

    dx[j] = p[j] * (dout[j] - sum over c of dout[c] * p[c])

The softmax loss takes scores and computes the softmax itself, together with the logarithm; behind a Softmax layer it would
do so again. Source: Bridle 1990.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from pellucid.layers.activations.elementwise import check_upstream
from pellucid.layers.description import Description, Lowered, Shape
from pellucid.layers.kind import LayerKind, declare
from pellucid.layers.pair import Pair
from pellucid.shapes import Array, ShapeError, check_shapes

__all__ = ["ChannelSoftmaxCache", "Softmax", "channel_softmax_backward", "channel_softmax_forward"]


class ChannelSoftmaxCache(NamedTuple):
    out: Array  # (N, C, ...)


def channel_softmax_forward(x: Array) -> tuple[Array, ChannelSoftmaxCache]:
    """Return the softmax over axis 1 of x (N, C, ...), and the cache. Raises ShapeError where there are no channels."""
    check_channels("channel_softmax_forward", x)
    exponentials = np.exp(x - x.max(axis=1, keepdims=True))
    out = exponentials / exponentials.sum(axis=1, keepdims=True)
    return out, ChannelSoftmaxCache(out)


def channel_softmax_backward(dout: Array, cache: ChannelSoftmaxCache) -> Array:
    """Return dx (N, C, ...)."""
    check_upstream("channel_softmax_backward", dout, cache.out)
    return cache.out * (dout - (dout * cache.out).sum(axis=1, keepdims=True))


def check_channels(who: str, x: Array) -> None:
    """Raise ShapeError where x has no axis of channels, or none in it."""
    check_shapes(who, x=(x, "N C ..."))
    if x.shape[1] == 0:
        raise ShapeError(f"{who}: x must have at least one channel or feature; got {x.shape}")


CHANNEL_SOFTMAX = declare(LayerKind("channel_softmax", Pair(channel_softmax_forward, channel_softmax_backward)))


@dataclass(frozen=True)
class Softmax(Description):
    """Channels or features become positive numbers that add up to 1. The softmax loss does without it."""

    def lowered(self, shape: Shape) -> Lowered:
        if not shape:
            raise ShapeError("Softmax: its input must have channels or features; a sample has shape ()")
        return Lowered(CHANNEL_SOFTMAX, shape)
