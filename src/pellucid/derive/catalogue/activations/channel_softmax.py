"""The softmax as a layer: positive numbers that add up to 1 in each row."""

import numpy as np

from pellucid.derive.by_hand import pair_by_hand
from pellucid.derive.derivation import Derivation
from pellucid.derive.examples import arrays
from pellucid.derive.explanation import Explanation
from pellucid.shapes import Array

__all__ = ["ALIASES", "DERIVATIONS", "EXPLANATION", "channel_softmax"]


def channel_softmax(x: Array) -> Array:
    """positive numbers that add up to 1 in each row."""
    highest = x.max(axis=1, keepdims=True)
    shifted = x - highest
    exponentials = np.exp(shifted)
    total = exponentials.sum(axis=1, keepdims=True)
    return exponentials / total


DERIVATIONS = (
    Derivation(
        "channel_softmax", channel_softmax, "x=N,D", pair_by_hand("channel_softmax"), numbers=arrays([[1, 2], [3, 1]])
    ),
)
ALIASES = {"softmax_layer": "channel_softmax"}
EXPLANATION = Explanation(
    name="channel_softmax",
    title="Softmax layer",
    formula=(
        "p = exp(x - max) / sum",
        "dx = p * (dout - sum over channels of dout * p)",
    ),
    shapes="x (N, C), out as x; images: over the channels of each pixel",
    why="Every p contains every x of its row, through the sum. What a constant added to a whole row would change, the"
    " sum takes away again, so that the gradients of a row add up to 0. The softmax loss does this itself and "
    "takes scores; a Softmax layer in front of it would be a second one.",
    mistakes=(
        "the sum left out: dx = dout * p",
        "dx = dout * p * (1 - p), as if each p depended on its own x alone",
    ),
    source="Bridle 1990",
)
