"""Dropout, inverted and vanilla."""

import numpy as np

from pellucid.derive.by_hand import ByHand
from pellucid.derive.derivation import Derivation
from pellucid.derive.examples import SMALL_MASK, SMALL_MATRIX, mask_for
from pellucid.derive.explanation import Explanation
from pellucid.layers import REFERENCE, DropoutCache
from pellucid.shapes import Array

__all__ = ["DERIVATIONS", "EXPLANATION", "dropout", "vanilla_dropout"]


def dropout(x: Array, mask: Array, keep: float = 0.5) -> Array:
    """Inverted dropout: what remains is scaled up."""
    masked = np.where(mask, x, 0)
    return masked / keep


def vanilla_dropout(x: Array, mask: Array) -> Array:
    """Dropout as first published: nothing is scaled in training."""
    return np.where(mask, x, 0)


def by_hand(name: str) -> ByHand:
    """The backward pass of either, with the mask as an input and keep 0.5."""

    def backward(dout: Array, x: Array, mask: Array) -> tuple[Array, ...]:
        return (REFERENCE.pair(name).backward(dout, DropoutCache(mask, 0.5)),)

    return backward


DERIVATIONS = tuple(
    Derivation(name, function, "x=N,D", by_hand(name), extra=mask_for("N", "D"), numbers=(SMALL_MATRIX, SMALL_MASK))
    for name, function in (("dropout", dropout), ("vanilla_dropout", vanilla_dropout))
)
EXPLANATION = Explanation(
    name="dropout",
    title="Dropout",
    formula=(
        "inverted: out = x * mask / keep in training, x at inference",
        "vanilla: out = x * mask in training, keep * x at inference",
        "dx = dout * mask / keep, or dout * mask",
    ),
    shapes="any; mask has the shape of x",
    why="The mask is a constant of this step: entries that passed forward pass their gradient back, scaled by the same number. "
    "Without the division by keep, outputs in training would on average be keep times as large as at inference.",
    mistakes=(
        "dropout_forward:dropout-p-reversed",
        "dropout_forward:dropout-not-scaled",
        "dropout_forward:dropout-at-test",
        "dropout_backward:dropout-backward-not-scaled",
    ),
    source="Srivastava et al. 2014",
    studies=("dropout",),
    covers=("vanilla_dropout",),
)
