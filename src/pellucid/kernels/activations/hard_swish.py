"""Hard swish in one pass. See `layers/activations/hard_swish.py` for the mathematics."""

from pellucid.kernels.activations.elementwise import PlannedActivation, elementwise_backward, elementwise_forward
from pellucid.kernels.declaration import declare_native
from pellucid.layers import HardSwishCache, Pair
from pellucid.shapes import Array

__all__ = ["hard_swish_backward", "hard_swish_forward"]


def hard_swish_forward(x: Array) -> tuple[Array, HardSwishCache]:
    """Return x times its hard sigmoid, and the cache."""
    return elementwise_forward("hard_swish_forward", x), HardSwishCache(x)


def hard_swish_backward(dout: Array, cache: HardSwishCache) -> Array:
    """Return dx."""
    return elementwise_backward("hard_swish_backward", dout, cache.x)


declare_native("hard_swish", Pair(hard_swish_forward, hard_swish_backward), PlannedActivation("hard_swish"))
