"""Hard sigmoid in one pass. See `layers/activations/hard_sigmoid.py` for the mathematics."""

from pellucid.kernels.activations.elementwise import PlannedActivation, elementwise_backward, elementwise_forward
from pellucid.kernels.declaration import declare_native
from pellucid.layers import HardSigmoidCache, Pair
from pellucid.shapes import Array

__all__ = ["hard_sigmoid_backward", "hard_sigmoid_forward"]


def hard_sigmoid_forward(x: Array) -> tuple[Array, HardSigmoidCache]:
    """Return x / 6 + 1/2, cut to [0, 1], and the cache."""
    return elementwise_forward("hard_sigmoid_forward", x), HardSigmoidCache(x)


def hard_sigmoid_backward(dout: Array, cache: HardSigmoidCache) -> Array:
    """Return dx."""
    return elementwise_backward("hard_sigmoid_backward", dout, cache.x)


declare_native("hard_sigmoid", Pair(hard_sigmoid_forward, hard_sigmoid_backward), PlannedActivation("hard_sigmoid"))
