"""GELU by tanh in one pass. See `layers/activations/gelu_tanh.py` for the mathematics."""

from pellucid.kernels.activations.elementwise import PlannedActivation, elementwise_backward, elementwise_forward
from pellucid.kernels.declaration import declare_native
from pellucid.layers import GeluTanhCache, Pair
from pellucid.shapes import Array

__all__ = ["gelu_tanh_backward", "gelu_tanh_forward"]


def gelu_tanh_forward(x: Array) -> tuple[Array, GeluTanhCache]:
    """Return x * (1 + tanh(u)) / 2, and the cache."""
    return elementwise_forward("gelu_tanh_forward", x), GeluTanhCache(x)


def gelu_tanh_backward(dout: Array, cache: GeluTanhCache) -> Array:
    """Return dx."""
    return elementwise_backward("gelu_tanh_backward", dout, cache.x)


declare_native("gelu_tanh", Pair(gelu_tanh_forward, gelu_tanh_backward), PlannedActivation("gelu_tanh"))
