"""Softplus in one pass. See `layers/activations/softplus.py` for the mathematics."""

from pellucid.kernels.activations.elementwise import PlannedActivation, elementwise_backward, elementwise_forward
from pellucid.kernels.declaration import declare_native
from pellucid.layers import Pair, SoftplusCache
from pellucid.shapes import Array

__all__ = ["softplus_backward", "softplus_forward"]


def softplus_forward(x: Array) -> tuple[Array, SoftplusCache]:
    """Return log(1 + exp(x)), and the cache."""
    return elementwise_forward("softplus_forward", x), SoftplusCache(x)


def softplus_backward(dout: Array, cache: SoftplusCache) -> Array:
    """Return dx."""
    return elementwise_backward("softplus_backward", dout, cache.x)


declare_native("softplus", Pair(softplus_forward, softplus_backward), PlannedActivation("softplus"))
