"""The library's hand-written backward passes, called the same way as a derived one: by_hand(dout, *inputs) -> gradients."""

from collections.abc import Callable
from typing import Any

from pellucid import layers
from pellucid.shapes import Array

__all__ = ["ByHand", "loss_by_hand", "pair_by_hand"]

ByHand = Callable[..., tuple[Array, ...]]  # (dout, *inputs) -> gradients of the arrays that learn


def pair_by_hand(name: str, **options: Any) -> ByHand:
    """The backward pass of a layer of the reference table."""
    pair = layers.REFERENCE.pair(name)

    def by_hand(dout: Array, *inputs: Array) -> tuple[Array, ...]:
        _, cache = pair.forward(*inputs, **options)
        returned = pair.backward(dout, cache)
        return returned if isinstance(returned, tuple) else (returned,)

    return by_hand


def loss_by_hand(loss: Callable[..., tuple[float, Array]], **options: Any) -> ByHand:
    """The gradient that a loss returns, times the upstream number."""

    def by_hand(dout: Array, scores: Array, *labels: Array) -> tuple[Array, ...]:
        return (dout * loss(scores, *labels, **options)[1],)

    return by_hand
