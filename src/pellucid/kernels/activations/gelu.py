"""GELU in one pass. See `layers/activations/gelu.py` for the mathematics.

The cache keeps x alone: computing P(x) again is cheaper than reading it from memory.
"""

from typing import NamedTuple

from pellucid.kernels.activations.elementwise import PlannedActivation, elementwise_backward, elementwise_forward
from pellucid.kernels.declaration import declare_native
from pellucid.layers import Pair
from pellucid.shapes import Array

__all__ = ["NativeGeluCache", "gelu_backward", "gelu_forward"]


class NativeGeluCache(NamedTuple):
    x: Array  # any shape


def gelu_forward(x: Array) -> tuple[Array, NativeGeluCache]:
    """Return x * P(x) and the cache."""
    return elementwise_forward("gelu_forward", x), NativeGeluCache(x)


def gelu_backward(dout: Array, cache: NativeGeluCache) -> Array:
    """Return dx = dout * (P(x) + x * p(x))."""
    return elementwise_backward("gelu_backward", dout, cache.x)


declare_native("gelu", Pair(gelu_forward, gelu_backward), PlannedActivation("gelu"))
