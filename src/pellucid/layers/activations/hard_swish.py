"""Swish with the sigmoid in three straight pieces: no exponential.

    out = x * h, h = min(max(0, x / 6 + 1/2), 1)

Backward. By the product rule dx = dout * (h + x * h'), and h' is 1/6 between -3 and 3, else 0:

    dx = 0 where x <= -3;  dout * (x / 3 + 1/2) where -3 < x <= 3;  dout where x > 3

At -3 and 3, where it has kinks, the gradient is that of the left side. Shapes: any; x, out, dout and dx have the same one.
Source: Howard et al. 2019 (MobileNetV3).
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from pellucid.layers.activations.elementwise import Elementwise, check_upstream
from pellucid.layers.kind import LayerKind, declare
from pellucid.layers.pair import Pair
from pellucid.shapes import Array, check_dtypes

__all__ = ["HardSwish", "HardSwishCache", "hard_swish_backward", "hard_swish_forward"]


class HardSwishCache(NamedTuple):
    x: Array  # any shape


def hard_swish_forward(x: Array) -> tuple[Array, HardSwishCache]:
    """Return x times its hard sigmoid, and the cache."""
    check_dtypes("hard_swish_forward", x=x)
    return x * (np.minimum(np.maximum(x + 3, 0), 6) / 6), HardSwishCache(x)


def hard_swish_backward(dout: Array, cache: HardSwishCache) -> Array:
    """Return dx: 0 up to -3, dout * (x / 3 + 1/2) up to 3, dout beyond."""
    x = cache.x
    check_upstream("hard_swish_backward", dout, x)
    slope = np.where(x > 3, x.dtype.type(1), x / 3 + x.dtype.type(0.5))
    return np.where(x <= -3, dout.dtype.type(0), dout * slope)


HARD_SWISH = declare(LayerKind("hard_swish", Pair(hard_swish_forward, hard_swish_backward)))


@dataclass(frozen=True)
class HardSwish(Elementwise):
    """x times its hard sigmoid."""

    layer = HARD_SWISH
