"""ReLU in one pass. See `layers/activations/relu.py` for the mathematics."""

from pellucid.kernels.activations.elementwise import PlannedActivation, elementwise_backward, elementwise_forward
from pellucid.kernels.declaration import declare_native
from pellucid.layers import Pair, ReluCache
from pellucid.shapes import Array

__all__ = ["relu_backward", "relu_forward"]


def relu_forward(x: Array) -> tuple[Array, ReluCache]:
    """Return max(0, x), in x's memory order, and the cache."""
    out = elementwise_forward("relu_forward", x)
    return out, ReluCache(out)


def relu_backward(dout: Array, cache: ReluCache) -> Array:
    """Return dx: dout where x was positive, else 0."""
    return elementwise_backward("relu_backward", dout, cache.out)


declare_native("relu", Pair(relu_forward, relu_backward), PlannedActivation("relu", reads_output=True))
