"""Leaky ReLU in one pass. See `layers/activations/leaky_relu.py` for the mathematics."""

from pellucid.kernels.activations.elementwise import PlannedActivation, elementwise_backward, elementwise_forward
from pellucid.kernels.declaration import declare_native
from pellucid.layers import LeakyReluCache, Pair
from pellucid.shapes import Array

__all__ = ["leaky_relu_backward", "leaky_relu_forward"]


def leaky_relu_forward(x: Array, *, slope: float = 0.01) -> tuple[Array, LeakyReluCache]:
    """Return x where it is positive, slope * x elsewhere, and the cache."""
    return elementwise_forward("leaky_relu_forward", x, slope), LeakyReluCache(x, slope)


def leaky_relu_backward(dout: Array, cache: LeakyReluCache) -> Array:
    """Return dx: dout where x was positive, slope * dout elsewhere."""
    return elementwise_backward("leaky_relu_backward", dout, cache.x, cache.slope)


declare_native(
    "leaky_relu", Pair(leaky_relu_forward, leaky_relu_backward), PlannedActivation("leaky_relu", option="slope")
)
