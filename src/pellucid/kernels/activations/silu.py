"""SiLU in one pass. See `layers/activations/silu.py` for the mathematics."""

from pellucid.kernels.activations.elementwise import PlannedActivation, elementwise_backward, elementwise_forward
from pellucid.kernels.declaration import declare_native
from pellucid.layers import Pair, SiluCache
from pellucid.shapes import Array

__all__ = ["silu_backward", "silu_forward"]


def silu_forward(x: Array) -> tuple[Array, SiluCache]:
    """Return x * sigmoid(x), and the cache."""
    return elementwise_forward("silu_forward", x), SiluCache(x)


def silu_backward(dout: Array, cache: SiluCache) -> Array:
    """Return dx."""
    return elementwise_backward("silu_backward", dout, cache.x)


declare_native("silu", Pair(silu_forward, silu_backward), PlannedActivation("silu"))
