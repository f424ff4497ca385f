"""The path of a parameter under a rule: what each reading of an update rule is compared by."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from pellucid.shapes import Array

__all__ = ["Gradients", "RulePath", "path_of"]


class Gradients(NamedTuple):
    """The gradients of each step, and a weight decay."""

    each: Sequence[Array]
    coupled: float = 0.0  # added to the gradient
    decoupled: float = 0.0  # times the rate, taken off the parameter

    @property
    def told(self) -> tuple[str, ...]:
        """The weight decay, in words."""
        if self.coupled:
            return (f"weight decay {self.coupled:g} in the gradient",)
        return (f"weight decay {self.decoupled:g} beside the gradient",) if self.decoupled else ()


class RulePath(NamedTuple):
    """A rule with its path: the parameter after each step."""

    kind: str
    path: list[Array]
    told: tuple[str, ...] = ()
    mistake: str = ""
    id: str = ""
    correct: str = ""


def path_of(
    w: Array, grads: Gradients, update: Callable[[Array, Array, dict[str, Any], int], Array], *, lr: float = 0.0
) -> list[Array]:
    """Return the parameter after each step of a rule, which keeps what it likes in v, m and h (zeros at first)."""
    state: dict[str, Any] = {"v": np.zeros_like(w), "m": np.zeros_like(w), "h": np.zeros_like(w)}
    path = []
    for t, g in enumerate(grads.each, 1):
        w = update(w, g + grads.coupled * w, state, t) - lr * grads.decoupled * w
        path.append(w)
    return path
