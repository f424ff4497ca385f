"""The sigmoid in three straight pieces: no exponential.

    out = min(max(0, x / 6 + 1/2), 1)          dx = dout / 6 where -3 < x < 3, else 0

At -3 and 3, where it has kinks, the gradient is 0. Shapes: any; x, out, dout and dx have the same one.
Source: Courbariaux, Bengio & David 2015; Howard et al. 2019 (MobileNetV3), for these slopes.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from pellucid.layers.activations.elementwise import Elementwise, check_upstream
from pellucid.layers.kind import LayerKind, declare
from pellucid.layers.pair import Pair
from pellucid.shapes import Array, check_dtypes

__all__ = ["HardSigmoid", "HardSigmoidCache", "hard_sigmoid_backward", "hard_sigmoid_forward"]


class HardSigmoidCache(NamedTuple):
    x: Array  # any shape


def hard_sigmoid_forward(x: Array) -> tuple[Array, HardSigmoidCache]:
    """Return x / 6 + 1/2, cut to [0, 1], and the cache."""
    check_dtypes("hard_sigmoid_forward", x=x)
    return np.minimum(np.maximum(x + 3, 0), 6) / 6, HardSigmoidCache(x)


def hard_sigmoid_backward(dout: Array, cache: HardSigmoidCache) -> Array:
    """Return dx: dout / 6 where x lay between -3 and 3, else 0."""
    check_upstream("hard_sigmoid_backward", dout, cache.x)
    return np.where((cache.x > -3) & (cache.x < 3), dout / 6, dout.dtype.type(0))


HARD_SIGMOID = declare(LayerKind("hard_sigmoid", Pair(hard_sigmoid_forward, hard_sigmoid_backward)))


@dataclass(frozen=True)
class HardSigmoid(Elementwise):
    """x / 6 + 1/2, cut to [0, 1]."""

    layer = HARD_SIGMOID
