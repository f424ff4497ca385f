"""The logarithm of the softmax over the channels or features.

    out[n, c] = x[n, c] - max_n - log sum over j of exp(x[n, j] - max_n)

The logarithm is taken of the sum, never of a probability, so that a probability too small for a float has a finite
logarithm. Shapes: x (N, C, ...), out as x; pixels of an image are each a row of their own.

Backward. out[c] contains x[c] itself, and every x[j] through the logarithm of the sum, whose derivative is the softmax p[j]
= exp(out[j]):

    dx[j] = dout[j] - p[j] * sum over c of dout[c]

The softmax loss takes scores and computes this itself; behind a LogSoftmax layer it would do so again, without any effect.
Source: Bridle 1990.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from pellucid.layers.activations.channel_softmax import check_channels
from pellucid.layers.activations.elementwise import check_upstream
from pellucid.layers.description import Description, Lowered, Shape
from pellucid.layers.kind import LayerKind, declare
from pellucid.layers.pair import Pair
from pellucid.shapes import Array, ShapeError

__all__ = ["ChannelLogSoftmaxCache", "LogSoftmax", "channel_log_softmax_backward", "channel_log_softmax_forward"]


class ChannelLogSoftmaxCache(NamedTuple):
    out: Array  # (N, C, ...)


def channel_log_softmax_forward(x: Array) -> tuple[Array, ChannelLogSoftmaxCache]:
    """Return the logarithm of the softmax over axis 1 of x (N, C, ...), and the cache. Raises ShapeError without channels."""
    check_channels("channel_log_softmax_forward", x)
    shifted = x - x.max(axis=1, keepdims=True)
    out = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return out, ChannelLogSoftmaxCache(out)


def channel_log_softmax_backward(dout: Array, cache: ChannelLogSoftmaxCache) -> Array:
    """Return dx (N, C, ...)."""
    check_upstream("channel_log_softmax_backward", dout, cache.out)
    return dout - np.exp(cache.out) * dout.sum(axis=1, keepdims=True)


CHANNEL_LOG_SOFTMAX = declare(
    LayerKind("channel_log_softmax", Pair(channel_log_softmax_forward, channel_log_softmax_backward))
)


@dataclass(frozen=True)
class LogSoftmax(Description):
    """The logarithm of the softmax over channels or features. The softmax loss does without it."""

    def lowered(self, shape: Shape) -> Lowered:
        if not shape:
            raise ShapeError("LogSoftmax: its input must have channels or features; a sample has shape ()")
        return Lowered(CHANNEL_LOG_SOFTMAX, shape)
