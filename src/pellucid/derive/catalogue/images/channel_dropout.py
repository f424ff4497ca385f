"""Dropout of whole channels."""

import numpy as np

from pellucid.derive.derivation import Derivation
from pellucid.derive.examples import mask_for
from pellucid.derive.explanation import Explanation
from pellucid.layers import ChannelDropoutCache, channel_dropout_backward
from pellucid.shapes import Array

__all__ = ["ALIASES", "DERIVATIONS", "EXPLANATION", "channel_dropout"]


def channel_dropout(x: Array, mask: Array, keep: float = 0.5) -> Array:
    """What remains of the channels is scaled up."""
    masked = np.where(mask[:, :, None, None], x, 0)
    return masked / keep


def by_hand(dout: Array, x: Array, mask: Array) -> tuple[Array, ...]:
    """The backward pass, with the mask as an input and keep 0.5."""
    return (channel_dropout_backward(dout, ChannelDropoutCache(mask, 0.5, x.shape)),)


TWO_CHANNELS = np.array([[[[1.0, 2], [3, 4]], [[0, 1], [2, 1]]]])  # (1, 2, 2, 2)
DERIVATIONS = (
    Derivation(
        "channel_dropout",
        channel_dropout,
        "x=N,C,H,W",
        by_hand,
        extra=mask_for("N", "C"),
        numbers=(TWO_CHANNELS, np.array([[True, False]])),
    ),
)
ALIASES = {"spatial_dropout": "channel_dropout", "dropout2d": "channel_dropout"}
EXPLANATION = Explanation(
    name="channel_dropout",
    title="Dropout of whole channels",
    formula=("out = x * mask / keep in training, x at inference", "mask has one entry for each channel of each image"),
    shapes="x (N, C, ...), mask (N, C)",
    why="The mask is a constant of this step, repeated over the pixels: a channel that passed forward passes its "
    "gradient back, scaled by "
    "the same number.",
    mistakes=(
        "one mask for the whole batch instead of one for each image",
        "a mask with an entry for each pixel: ordinary dropout",
    ),
    source="Tompson et al. 2015, section 3.2",
)
