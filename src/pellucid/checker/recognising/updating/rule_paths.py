"""Paths of a parameter over some steps, and the numbers that a rule may have."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from pellucid.shapes import Array

__all__ = ["Family", "RuleForm", "RuleNumbers", "RulePath", "State", "Update", "path_of"]

State = dict[str, Any]
Update = Callable[[Array, Array, State, int], Array]


class RulePath(NamedTuple):
    """A rule with its path: the parameter after each step."""

    kind: str
    path: list[Array]
    told: tuple[str, ...] = ()
    mistake: str = ""
    id: str = ""
    correct: str = ""


class RuleNumbers(NamedTuple):
    """The numbers that a rule may have: lists of candidates, the known one alone where it is known."""

    rates: Sequence[float]
    shares: Sequence[float]
    small: Sequence[float]
    beta1: Sequence[float]
    beta2: Sequence[float]
    decay: Sequence[float]  # of weights


class RuleForm(NamedTuple):
    lr: float
    b1: float
    b2: float
    eps: float
    wd: float

    def told(self, *names: str) -> tuple[str, ...]:
        """Return the values of some numbers in words."""
        words = {"b1": "beta1", "b2": "beta2", "eps": "eps", "wd": "weight decay"}
        return tuple(f"{words[name]} {getattr(self, name):g}" for name in names)


Family = Callable[[RuleForm, str], Iterator[tuple[Any, ...]]]


def path_of(w: Array, grads: Sequence[Any], update: Update) -> list[Array]:
    """Return the parameter after each step. A gradient may be a function of the parameter."""
    state: State = {"v": np.zeros_like(w), "m": np.zeros_like(w), "h": np.zeros_like(w)}
    path = []
    for t, g in enumerate(grads, 1):
        w = update(w, g(w) if callable(g) else g, state, t)
        path.append(w)
    return path
