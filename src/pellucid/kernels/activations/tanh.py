"""tanh in one pass, its exponential inline (`native/functions.h`). See `layers/activations/tanh.py` for the mathematics."""

from pellucid.kernels.activations.elementwise import PlannedActivation, elementwise_backward, elementwise_forward
from pellucid.kernels.declaration import declare_native
from pellucid.layers import Pair, TanhCache
from pellucid.shapes import Array

__all__ = ["tanh_backward", "tanh_forward"]


def tanh_forward(x: Array) -> tuple[Array, TanhCache]:
    """Return tanh(x) and the cache."""
    out = elementwise_forward("tanh_forward", x)
    return out, TanhCache(out)


def tanh_backward(dout: Array, cache: TanhCache) -> Array:
    """Return dx = dout * (1 - t**2)."""
    return elementwise_backward("tanh_backward", dout, cache.out)


declare_native("tanh", Pair(tanh_forward, tanh_backward), PlannedActivation("tanh", reads_output=True))
