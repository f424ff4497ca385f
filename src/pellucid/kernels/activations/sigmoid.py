"""The sigmoid in one pass, its exponential inline (`native/functions.h`). See `layers/activations/sigmoid.py`."""

from pellucid.kernels.activations.elementwise import PlannedActivation, elementwise_backward, elementwise_forward
from pellucid.kernels.declaration import declare_native
from pellucid.layers import Pair, SigmoidCache
from pellucid.shapes import Array

__all__ = ["sigmoid_backward", "sigmoid_forward"]


def sigmoid_forward(x: Array) -> tuple[Array, SigmoidCache]:
    """Return 1 / (1 + exp(-x)) and the cache."""
    out = elementwise_forward("sigmoid_forward", x)
    return out, SigmoidCache(out)


def sigmoid_backward(dout: Array, cache: SigmoidCache) -> Array:
    """Return dx = dout * s * (1 - s)."""
    return elementwise_backward("sigmoid_backward", dout, cache.out)


declare_native("sigmoid", Pair(sigmoid_forward, sigmoid_backward), PlannedActivation("sigmoid", reads_output=True))
