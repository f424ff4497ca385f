"""SELU in one pass. See `layers/activations/selu.py` for the mathematics."""

from pellucid.kernels.activations.elementwise import PlannedActivation, elementwise_backward, elementwise_forward
from pellucid.kernels.declaration import declare_native
from pellucid.layers import Pair, SeluCache
from pellucid.shapes import Array

__all__ = ["selu_backward", "selu_forward"]


def selu_forward(x: Array) -> tuple[Array, SeluCache]:
    """Return an ELU with the constants that keep mean 0 and variance 1, and the cache."""
    return elementwise_forward("selu_forward", x), SeluCache(x)


def selu_backward(dout: Array, cache: SeluCache) -> Array:
    """Return dx."""
    return elementwise_backward("selu_backward", dout, cache.x)


declare_native("selu", Pair(selu_forward, selu_backward), PlannedActivation("selu"))
