"""The logarithm of the softmax as a layer."""

import numpy as np

from pellucid.derive.by_hand import pair_by_hand
from pellucid.derive.derivation import Derivation
from pellucid.derive.examples import arrays
from pellucid.derive.explanation import Explanation
from pellucid.shapes import Array

__all__ = ["ALIASES", "DERIVATIONS", "EXPLANATION", "channel_log_softmax"]


def channel_log_softmax(x: Array) -> Array:
    """x minus the logarithm of the sum of exp(x) in each row."""
    highest = x.max(axis=1, keepdims=True)
    shifted = x - highest
    exponentials = np.exp(shifted)
    total = exponentials.sum(axis=1, keepdims=True)
    log_total = np.log(total)
    return shifted - log_total


DERIVATIONS = (
    Derivation(
        "channel_log_softmax",
        channel_log_softmax,
        "x=N,D",
        pair_by_hand("channel_log_softmax"),
        numbers=arrays([[1, 2], [3, 1]]),
    ),
)
ALIASES = {"log_softmax_layer": "channel_log_softmax"}
EXPLANATION = Explanation(
    name="channel_log_softmax",
    title="Log-softmax layer",
    formula=(
        "out = x - max - log(sum of exp(x - max))",
        "dx = dout - exp(out) * (sum of dout over channels)",
    ),
    shapes="x (N, C), out as x; images: over the channels of each pixel",
    why="Each output contains its own x and, through the sum, every x of the row, with the softmax as its derivative."
    " The softmax loss does this itself and takes scores.",
    mistakes=(
        "the sum left out: dx = dout * (1 - p)",
        "the logarithm taken of a probability that is 0",
    ),
    source="Bridle 1990",
)
