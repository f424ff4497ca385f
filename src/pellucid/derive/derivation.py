"""What the derivation of a layer is made of: its formula, an example, small numbers, and the hand-written backward to compare."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from pellucid.derive.by_hand import ByHand
from pellucid.derive.examples import SIZES
from pellucid.derive.tracing.graph import Graph
from pellucid.derive.tracing.trace import trace
from pellucid.shapes import Array

__all__ = ["Derivation", "largest_difference"]


class Derivation(NamedTuple):
    """One layer's derivation.

    `function` is the layer's forward in elementary operations alone, written apart from `pellucid.layers`, so that the
    derived backward pass and the hand-written one have nothing in common but the mathematics.
    """

    name: str
    function: Callable[..., Any]
    shapes: str  # of the arrays that learn, in letters of `examples.SIZES`, as in "x=N,D gamma=D"
    by_hand: ByHand
    extra: Callable[[dict[str, int]], tuple[Array, ...]] = lambda sizes: ()  # labels, masks: the inputs after those
    numbers: tuple[Array, ...] = ()  # small integers, for all inputs
    numbers_function: Callable[..., Any] | None = None  # where the small example needs other settings, such as eps 0
    numbers_note: str = ""

    def graph(self) -> Graph:
        """Trace the definition on the example: normal draws, each size with a letter of its own."""
        return trace(self.function, *self.example(), title=self.name, letters={v: k for k, v in SIZES.items()})

    def example(self) -> tuple[Array, ...]:
        """Return the inputs: float64."""
        rng = np.random.default_rng(0)
        shapes = [part.partition("=")[2].split(",") for part in self.shapes.split()]
        drawn = tuple(rng.standard_normal([SIZES[letter] for letter in shape]) for shape in shapes)
        return (*drawn, *self.extra(SIZES))

    def small(self) -> Graph:
        """Trace the small integers."""
        return trace(self.numbers_function or self.function, *self.numbers, title=self.name)


def largest_difference(each: Derivation) -> float:
    """Return how far the derived gradients are from the hand-written ones on the example, relative to the largest entry."""
    graph = each.graph()
    dout = np.random.default_rng(1).standard_normal(graph.out.shape)
    derived = [gradient for gradient in graph.gradients(dout) if gradient is not None]
    by_hand = each.by_hand(dout, *each.example())
    worst = 0.0
    for ours, theirs in zip(derived, by_hand, strict=True):
        worst = max(worst, float(np.abs(ours - theirs).max() / max(1.0, np.abs(theirs).max())))
    return worst
