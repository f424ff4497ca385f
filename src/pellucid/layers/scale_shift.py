"""Multiply by a learned factor and add a learned shift: of each channel, of each entry, or the same for all.

    out = scale * x + shift

Shapes: x, out (N, C, ...); scale and shift (C,), one for each channel or feature, (1,), one for all, or (C, ...), one for each
entry of a sample. Frozen, they are constants: x / 255 is a scale of 1/255 and a shift of 0.

Backward. Each entry was multiplied by its factor; both were broadcast over everything else, so their gradients are sums:

    dx = scale * dout          dscale = sum of dout * x          dshift = sum of dout          over the entries that shared them

Source: Touvron et al. 2021 (LayerScale, a learned factor for each channel), for one use of it.
"""

from dataclasses import dataclass
from typing import NamedTuple

from pellucid.layers.description import Description, Lowered, Parameter, Shape
from pellucid.layers.kind import LayerKind, declare
from pellucid.layers.pair import Pair
from pellucid.shapes import Array, ShapeError, check_dtypes, check_shapes

__all__ = ["ScaleShift", "ScaleShiftCache", "scale_shift_backward", "scale_shift_forward"]

EACH = ("channel", "entry", "sample")


class ScaleShiftCache(NamedTuple):
    x: Array  # (N, C, ...)
    scale: Array  # (C,), (1,) or (C, ...)


def scale_shift_forward(x: Array, scale: Array, shift: Array) -> tuple[Array, ScaleShiftCache]:
    """Return scale * x + shift and the cache. Raises ShapeError where scale and shift do not fit x."""
    check_shapes("scale_shift_forward", x=(x, "N C ..."))
    check_dtypes("scale_shift_forward", x=x, scale=scale, shift=shift)
    allowed = (x.shape[1:2], (1,), x.shape[1:])
    if scale.shape not in allowed or shift.shape != scale.shape:
        raise ShapeError(
            f"scale_shift_forward: scale and shift must have the same shape, {', '.join(map(str, dict.fromkeys(allowed)))}; "
            f"got {scale.shape} and {shift.shape}"
        )
    return _spread(scale, x) * x + _spread(shift, x), ScaleShiftCache(x, scale)


def scale_shift_backward(dout: Array, cache: ScaleShiftCache) -> tuple[Array, Array, Array]:
    """Return dx (N, C, ...), dscale and dshift, shaped as scale is."""
    x, scale = cache
    check_shapes("scale_shift_backward", dout=(dout, " ".join(map(str, x.shape))))
    check_dtypes("scale_shift_backward", dout=dout, x=x)
    return _spread(scale, x) * dout, _collected(dout * x, scale), _collected(dout, scale)


def _spread(array: Array, x: Array) -> Array:
    """(C,) -> (C, 1, ...): an array of channels as it multiplies x (N, C, ...)."""
    return array if array.ndim == x.ndim - 1 else array.reshape(-1, *[1] * (x.ndim - 2))


def _collected(products: Array, scale: Array) -> Array:
    """Return the sums over the entries that shared a factor."""
    if scale.shape == products.shape[1:]:
        return products.sum(axis=0)
    if scale.shape == products.shape[1:2]:
        return products.sum(axis=(0, *range(2, products.ndim)))
    return products.sum(keepdims=True).reshape(1)


SCALE_SHIFT = declare(LayerKind("scale_shift", Pair(scale_shift_forward, scale_shift_backward)))


@dataclass(frozen=True)
class ScaleShift(Description):
    """scale * x + shift, both learned: one for each "channel" (or feature), each "entry" of a sample, or a whole "sample"."""

    each: str = "channel"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.each not in EACH:
            raise ShapeError(f"ScaleShift: each must be one of {', '.join(map(repr, EACH))}; got {self.each!r}")

    def lowered(self, shape: Shape) -> Lowered:
        if not shape:
            raise ShapeError("ScaleShift: its input must have channels or features; a sample has shape ()")
        sizes = {"channel": shape[:1], "entry": shape, "sample": (1,)}[self.each]
        return Lowered(SCALE_SHIFT, shape, params={"scale": Parameter(sizes, 1.0), "shift": Parameter(sizes, 0.0)})
