"""Pair: a forward and the backward that belongs to it. They are replaced together or not at all."""

from collections.abc import Callable
from typing import Any, NamedTuple

__all__ = ["Pair"]


class Pair(NamedTuple):
    """`forward(...) -> (out, cache)` and `backward(dout, cache) -> gradients` of the forward's array arguments, in order."""

    forward: Callable[..., tuple[Any, Any]]
    backward: Callable[..., Any]
