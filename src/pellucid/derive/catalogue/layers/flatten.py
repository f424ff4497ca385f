"""Flatten: each sample as one row."""

from pellucid.derive.by_hand import pair_by_hand
from pellucid.derive.derivation import Derivation
from pellucid.derive.examples import image
from pellucid.shapes import Array

__all__ = ["DERIVATIONS", "flatten"]


def flatten(x: Array) -> Array:
    """Each sample as one row."""
    return x.reshape(len(x), -1)


DERIVATIONS = (
    Derivation("flatten", flatten, "x=N,C,H,W", pair_by_hand("flatten"), numbers=(image([[1, 2], [3, 4]]),)),
)
