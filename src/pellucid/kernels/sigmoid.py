"""The sigmoid in one pass, its exponential inline (`native/functions.h`). See `layers/sigmoid.py` for the mathematics."""

from pellucid.kernels.elementwise import elementwise_backward, elementwise_forward
from pellucid.layers import SigmoidCache
from pellucid.shapes import Array

__all__ = ["sigmoid_backward", "sigmoid_forward"]


def sigmoid_forward(x: Array) -> tuple[Array, SigmoidCache]:
    """Return 1 / (1 + exp(-x)) and the cache."""
    out = elementwise_forward("sigmoid_forward", x)
    return out, SigmoidCache(out)


def sigmoid_backward(dout: Array, cache: SigmoidCache) -> Array:
    """Return dx = dout * s * (1 - s)."""
    return elementwise_backward("sigmoid_backward", dout, cache.out)
