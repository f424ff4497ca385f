"""ELU in one pass. See `layers/activations/elu.py` for the mathematics."""

from pellucid.kernels.activations.elementwise import PlannedActivation, elementwise_backward, elementwise_forward
from pellucid.kernels.declaration import declare_native
from pellucid.layers import EluCache, Pair
from pellucid.shapes import Array

__all__ = ["elu_backward", "elu_forward"]


def elu_forward(x: Array, *, alpha: float = 1.0) -> tuple[Array, EluCache]:
    """Return x where it is positive, alpha * (exp(x) - 1) elsewhere, and the cache."""
    return elementwise_forward("elu_forward", x, alpha), EluCache(x, alpha)


def elu_backward(dout: Array, cache: EluCache) -> Array:
    """Return dx."""
    return elementwise_backward("elu_backward", dout, cache.x, cache.alpha)


declare_native("elu", Pair(elu_forward, elu_backward), PlannedActivation("elu", option="alpha"))
