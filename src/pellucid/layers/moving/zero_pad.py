"""Zero padding: zeros before and behind each axis of a sample.

    out[n, before_0 + i, before_1 + j, ...] = x[n, i, j, ...]        and 0 elsewhere

`ZeroPad(1)` puts one pixel of zeros around an image, or one number at both ends of a sequence: one number is that of every
axis but the first. Pairs (before, behind) are those of the last axes: ((top, bottom), (left, right)) of an image.

Backward. What was copied receives its gradient; the zeros are constants. Shapes: x (N, d0, d1, ...), out (N, before_0 + d0 +
behind_0, ...). Source: the chain rule.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from pellucid.layers.description import Description, Lowered, Shape
from pellucid.layers.kind import LayerKind, declare
from pellucid.layers.pair import Pair
from pellucid.shapes import Array, ShapeError, check_pair, check_shapes, check_whole

__all__ = ["ZeroPad", "ZeroPadCache", "zero_pad_backward", "zero_pad_forward"]

Around = int | tuple[tuple[int, int], ...]  # one number, or (before, behind) of the last axes


class ZeroPadCache(NamedTuple):
    shape: tuple[int, ...]  # of x
    pads: tuple[tuple[int, int], ...]  # (before, behind) of each axis of a sample


def zero_pad_forward(x: Array, *, pad: Around) -> tuple[Array, ZeroPadCache]:
    """Return x between zeros and the cache; pad is one number or a pair (before, behind) for each of the last axes."""
    check_shapes("zero_pad_forward", x=(x, "N ..."))
    pads = pads_of("zero_pad_forward", x.shape[1:], pad)
    return np.pad(x, ((0, 0), *pads)), ZeroPadCache(x.shape, pads)


def zero_pad_backward(dout: Array, cache: ZeroPadCache) -> Array:
    """Return dx, a view of dout."""
    n, *sample = cache.shape
    padded = (size + sum(pad) for size, pad in zip(sample, cache.pads, strict=True))
    check_shapes("zero_pad_backward", dout=(dout, " ".join(map(str, (n, *padded)))))
    inner = (slice(before, before + size) for size, (before, _) in zip(sample, cache.pads, strict=True))
    return dout[(slice(None), *inner)]


def pads_of(who: str, shape: Shape, pad: Any) -> tuple[tuple[int, int], ...]:
    """Return (before, behind) of each axis of a sample. Raises ShapeError for anything else than a pad."""
    check_around(who, pad)
    if not isinstance(pad, tuple):
        return ((0, 0), *[(int(pad), int(pad))] * (len(shape) - 1))
    if len(pad) > len(shape):
        raise ShapeError(f"{who}: pad must have at most a pair for each axis of a sample of shape {shape}; got {pad}")
    pairs = tuple(check_pair(who, "pad", pair, minimum=0) for pair in pad)
    return (*[(0, 0)] * (len(shape) - len(pairs)), *pairs)


def check_around(who: str, pad: Any) -> None:
    """Raise ShapeError unless pad is a whole number, or pairs of them."""
    if not isinstance(pad, tuple):
        check_whole(who, "pad", pad, minimum=0)
        return
    if not pad or not all(isinstance(pair, tuple) for pair in pad):
        raise ShapeError(f"{who}: pad must be a number, or (before, behind) for each of the last axes; got {pad!r}")
    for pair in pad:
        check_pair(who, "pad", pair, minimum=0)


ZERO_PAD = declare(LayerKind("zero_pad", Pair(zero_pad_forward, zero_pad_backward)))


@dataclass(frozen=True)
class ZeroPad(Description):
    """Zeros around each sample: `ZeroPad(1)`, or `ZeroPad(((top, bottom), (left, right)))`, pairs of the last axes."""

    pad: Around

    def __post_init__(self) -> None:
        super().__post_init__()
        if isinstance(self.pad, list):
            object.__setattr__(self, "pad", tuple(tuple(p) if isinstance(p, list) else p for p in self.pad))
        check_around("ZeroPad", self.pad)

    def lowered(self, shape: Shape) -> Lowered:
        pads = pads_of("ZeroPad", shape, self.pad)
        out = tuple(size + sum(pair) for size, pair in zip(shape, pads, strict=True))
        return Lowered(ZERO_PAD, out, {"pad": pads})
