"""A forward as a function of one of its inputs, with everything needed to compute differences."""

from collections.abc import Callable
from typing import Any, NamedTuple

from pellucid.gradients.numerical import Slopes, slopes_at
from pellucid.shapes import Array

__all__ = ["Probe"]


class Probe(NamedTuple):
    """A forward as a function of one input."""

    f: Callable[[Array], Any]
    x: Array
    centre: Array  # f(x)
    dout: Array  # like f(x): the upstream gradient
    h: float
    floor: Array | float = 0.0  # like f(x): rounding by more than that of float64
    coarse: bool = False  # whether the forward computes so coarsely that steps must stay long

    def slopes(self, index: tuple[int, ...], shrink: float = 1) -> Slopes:
        """Return the slopes along one entry; shrink multiplies h."""
        return slopes_at(self.f, self.x, index, self.centre, self.dout, self.h * shrink, self.floor)
