"""Zeros around a sample."""

import numpy as np

from pellucid.derive.by_hand import pair_by_hand
from pellucid.derive.derivation import Derivation
from pellucid.derive.examples import IMAGE
from pellucid.derive.explanation import Explanation
from pellucid.shapes import Array

__all__ = ["DERIVATIONS", "EXPLANATION", "zero_pad"]


def zero_pad(x: Array) -> Array:
    """An image with one pixel of zeros on each side."""
    return np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))


DERIVATIONS = (Derivation("zero_pad", zero_pad, "x=N,C,H,W", pair_by_hand("zero_pad", pad=1), numbers=(IMAGE,)),)
EXPLANATION = Explanation(
    name="zero_pad",
    title="Zero padding",
    formula=("out = x with zeros before and behind each axis", "dx = the part of dout where x stands"),
    shapes="x (N, d0, d1, ...), out (N, before_0 + d0 + behind_0, ...)",
    why="The zeros are constants, so their gradients go nowhere; every other number was copied once and receives its own.",
    mistakes=("the zeros cut off at the wrong end where before and behind differ",),
    source="the chain rule",
)
