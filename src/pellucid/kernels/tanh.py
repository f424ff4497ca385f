"""tanh in one pass, its exponential inline (`native/functions.h`). See `layers/tanh.py` for the mathematics."""

from pellucid.kernels.elementwise import elementwise_backward, elementwise_forward
from pellucid.layers import TanhCache
from pellucid.shapes import Array

__all__ = ["tanh_backward", "tanh_forward"]


def tanh_forward(x: Array) -> tuple[Array, TanhCache]:
    """Return tanh(x) and the cache."""
    out = elementwise_forward("tanh_forward", x)
    return out, TanhCache(out)


def tanh_backward(dout: Array, cache: TanhCache) -> Array:
    """Return dx = dout * (1 - t**2)."""
    return elementwise_backward("tanh_backward", dout, cache.out)
