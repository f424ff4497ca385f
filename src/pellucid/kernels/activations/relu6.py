"""ReLU6 in one pass. See `layers/activations/relu6.py` for the mathematics."""

from pellucid.kernels.activations.elementwise import PlannedActivation, elementwise_backward, elementwise_forward
from pellucid.kernels.declaration import declare_native
from pellucid.layers import Pair, Relu6Cache
from pellucid.shapes import Array

__all__ = ["relu6_backward", "relu6_forward"]


def relu6_forward(x: Array) -> tuple[Array, Relu6Cache]:
    """Return min(max(0, x), 6), and the cache."""
    out = elementwise_forward("relu6_forward", x)
    return out, Relu6Cache(out)


def relu6_backward(dout: Array, cache: Relu6Cache) -> Array:
    """Return dx."""
    return elementwise_backward("relu6_backward", dout, cache.out)


declare_native("relu6", Pair(relu6_forward, relu6_backward), PlannedActivation("relu6", reads_output=True))
