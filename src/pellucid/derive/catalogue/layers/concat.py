"""Concatenation of two values along their features."""

import numpy as np

from pellucid.derive.by_hand import pair_by_hand
from pellucid.derive.derivation import Derivation
from pellucid.derive.examples import arrays
from pellucid.shapes import Array

__all__ = ["DERIVATIONS", "concat"]


def concat(a: Array, b: Array) -> Array:
    """The features of a, then those of b."""
    return np.concatenate([a, b], axis=1)


DERIVATIONS = (
    Derivation("concat", concat, "a=N,D b=N,M", pair_by_hand("concat"), numbers=arrays([[1, 2]], [[3, 4, 5]])),
)
