"""The sigmoid linear unit, also called swish: x times its own sigmoid.

    out = x * s, s = 1 / (1 + exp(-x))          dx = dout * (s + x * s * (1 - s))

Backward. x reaches the output twice, as a factor and through s, whose derivative is s * (1 - s); the gradients add up.
Shapes: any; x, out, dout and dx have the same one. Source: Elfwing, Uchibe & Doya 2018; Ramachandran, Zoph & Le 2017.
"""

from dataclasses import dataclass
from typing import NamedTuple

from pellucid.layers.activations.elementwise import Elementwise, check_upstream
from pellucid.layers.activations.sigmoid import sigmoid_forward
from pellucid.layers.kind import LayerKind, declare
from pellucid.layers.pair import Pair
from pellucid.shapes import Array, check_dtypes

__all__ = ["SiLU", "SiluCache", "silu_backward", "silu_forward"]


class SiluCache(NamedTuple):
    x: Array  # any shape


def silu_forward(x: Array) -> tuple[Array, SiluCache]:
    """Return x * sigmoid(x) and the cache."""
    check_dtypes("silu_forward", x=x)
    return x * sigmoid_forward(x)[0], SiluCache(x)


def silu_backward(dout: Array, cache: SiluCache) -> Array:
    """Return dx = dout * (s + x * s * (1 - s))."""
    x = cache.x
    check_upstream("silu_backward", dout, x)
    s, _ = sigmoid_forward(x)
    return dout * (s + x * s * (1 - s))


SIGMOID_LINEAR = declare(LayerKind("silu", Pair(silu_forward, silu_backward)))


@dataclass(frozen=True)
class SiLU(Elementwise):
    """x times its sigmoid."""

    layer = SIGMOID_LINEAR
