"""Mish, its two exponentials one, in one pass. See `layers/activations/mish.py` for the mathematics."""

from pellucid.kernels.activations.elementwise import PlannedActivation, elementwise_backward, elementwise_forward
from pellucid.kernels.declaration import declare_native
from pellucid.layers import MishCache, Pair
from pellucid.shapes import Array

__all__ = ["mish_backward", "mish_forward"]


def mish_forward(x: Array) -> tuple[Array, MishCache]:
    """Return x * tanh(softplus(x)), and the cache."""
    return elementwise_forward("mish_forward", x), MishCache(x)


def mish_backward(dout: Array, cache: MishCache) -> Array:
    """Return dx."""
    return elementwise_backward("mish_backward", dout, cache.x)


declare_native("mish", Pair(mish_forward, mish_backward), PlannedActivation("mish"))
