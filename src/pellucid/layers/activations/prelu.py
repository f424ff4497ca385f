"""The rectified linear unit whose slope on the left is learned.

    out = x where x > 0, else slope * x

Shapes: x, out (N, C, ...); slope (C,), one for each channel (or feature), or (1,), one for all.

Backward. Each output is x or slope * x, so

    dx     = dout where x > 0, else slope * dout
    dslope = sum of dout * x over the entries with x <= 0 that a slope was multiplied with: over all axes but C, or over all

At exactly 0, where it has a kink, dx is that of the left side: slope * dout. Source: He, Zhang, Ren & Sun 2015, section 2.1.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from pellucid.layers.activations.elementwise import check_upstream
from pellucid.layers.description import Description, Lowered, Parameter, Shape
from pellucid.layers.kind import LayerKind, declare
from pellucid.layers.pair import Pair
from pellucid.shapes import Array, ShapeError, check_dtypes, check_number, check_shapes

__all__ = ["PReLU", "PReluCache", "prelu_backward", "prelu_forward"]


class PReluCache(NamedTuple):
    x: Array  # (N, C, ...)
    slope: Array  # (C,) or (1,)


def prelu_forward(x: Array, slope: Array) -> tuple[Array, PReluCache]:
    """Return x where it is positive, slope * x elsewhere, and the cache. Raises ShapeError where slope does not fit x."""
    check_shapes("prelu_forward", x=(x, "N C ..."))
    check_dtypes("prelu_forward", x=x, slope=slope)
    if slope.shape not in ((1,), x.shape[1:2]):
        raise ShapeError(f"prelu_forward: slope must have shape (C,) = {x.shape[1:2]} or (1,); got {slope.shape}")
    return np.where(x > 0, x, along_channels(slope, x) * x), PReluCache(x, slope)


def prelu_backward(dout: Array, cache: PReluCache) -> tuple[Array, Array]:
    """Return dx (N, C, ...) and dslope, shaped as slope is."""
    x, slope = cache
    check_upstream("prelu_backward", dout, x)
    dx = np.where(x > 0, dout, along_channels(slope, x) * dout)
    of_channels = np.where(x > 0, 0, dout * x).sum(axis=(0, *range(2, x.ndim)), dtype=x.dtype)
    return dx, of_channels if slope.shape == of_channels.shape else of_channels.sum(keepdims=True)


def along_channels(slope: Array, x: Array) -> Array:
    """(C,) -> (C, 1, ...): one slope for each channel of x (N, C, ...)."""
    return slope.reshape(-1, *[1] * (x.ndim - 2))


PARAMETRIC_RELU = declare(LayerKind("prelu", Pair(prelu_forward, prelu_backward)))


@dataclass(frozen=True)
class PReLU(Description):
    """x where positive, slope * x elsewhere; the slopes are learned, one a channel, or one for all where `shared`."""

    slope: float = 0.25  # the first value
    shared: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        check_number("PReLU", "slope", self.slope)
        if not isinstance(self.shared, bool):
            raise ShapeError(f"PReLU: shared must be True or False; got {self.shared!r}")

    def lowered(self, shape: Shape) -> Lowered:
        if not shape:
            raise ShapeError("PReLU: its input must have channels or features; a sample has shape ()")
        slopes = 1 if self.shared else shape[0]
        return Lowered(PARAMETRIC_RELU, shape, params={"slope": Parameter((slopes,), self.slope)})
