"""Dropout: mask and product in one pass, the same mask as the reference's. See `layers/dropout.py` for the mathematics.

A mask's entries are drawn in the order batch, height, width, channel, so arrays are passed channels last.
"""

from typing import Any

import numpy as np

from pellucid.kernels.binding import native
from pellucid.kernels.declaration import declare_native
from pellucid.kernels.memory import is_dense
from pellucid.kernels.planned_layer import Arrays, Call, GradientArrays, LayerContext, PlannedLayer, Shape
from pellucid.kernels.threads import default_threads
from pellucid.layers import DropoutCache, DropoutKey, Pair
from pellucid.layers.dropout import check_dropout_backward, check_keep, checked_key
from pellucid.shapes import Array, check_dtypes

__all__ = ["dropout_backward", "dropout_forward", "vanilla_dropout_backward", "vanilla_dropout_forward"]


def dropout_forward(x: Array, keep: float, key: DropoutKey | tuple[int, int, int]) -> tuple[Array, DropoutCache]:
    """Inverted dropout (training): return x * mask / keep and the cache."""
    return _forward("dropout_forward", x, keep, key, scaled=True)


def dropout_backward(dout: Array, cache: DropoutCache) -> Array:
    """Return dx = dout * mask / keep."""
    return _backward("dropout_backward", dout, cache, scaled=True)


def vanilla_dropout_forward(
    x: Array, keep: float, key: DropoutKey | tuple[int, int, int]
) -> tuple[Array, DropoutCache]:
    """Vanilla dropout (training): return x * mask, unscaled, and the cache."""
    return _forward("vanilla_dropout_forward", x, keep, key, scaled=False)


def vanilla_dropout_backward(dout: Array, cache: DropoutCache) -> Array:
    """Return dx = dout * mask."""
    return _backward("vanilla_dropout_backward", dout, cache, scaled=False)


def _forward(
    who: str, x: Array, keep: float, key: DropoutKey | tuple[int, int, int], *, scaled: bool
) -> tuple[Array, DropoutCache]:
    check_dtypes(who, x=x)
    check_keep(who, keep)
    seed, layer, step = checked_key(key)
    drawn = _as_drawn(x)
    out, mask = np.empty_like(drawn), np.empty(drawn.shape, bool)
    if drawn.size:
        words = np.array([step], np.uint64)
        arguments = keep, scaled, seed, layer, words, out.reshape(-1), mask.view(np.uint8).reshape(-1)
        native().dropout_forward(drawn.reshape(-1), *arguments, default_threads())
    return _as_logical(out), DropoutCache(_as_logical(mask), keep)


def _backward(who: str, dout: Array, cache: DropoutCache, *, scaled: bool) -> Array:
    check_dropout_backward(who, dout, cache)
    drawn, mask = _as_drawn(dout), _as_drawn(cache.mask).view(np.uint8)
    dx = np.empty_like(drawn)
    if drawn.size:
        arguments = mask.reshape(-1), cache.keep, scaled, dx.reshape(-1)
        native().dropout_backward(drawn.reshape(-1), *arguments, default_threads())
    return _as_logical(dx)


def _as_drawn(x: Array) -> Array:
    """(N, C, ...) -> dense (N, ..., C), a view where it lies so already; other arrays dense."""
    if x.ndim > 2:
        x = x.transpose(0, *range(2, x.ndim), 1)
    return x if is_dense(x) else x.copy(order="C")


def _as_logical(drawn: Array) -> Array:
    """(N, ..., C) -> (N, C, ...), a view; other arrays as they are."""
    last = drawn.ndim - 1
    return drawn.transpose(0, last, *range(1, last)) if drawn.ndim > 2 else drawn


class _Dropout(PlannedLayer):
    infers = False
    needs_private = gradient_is_private = True

    def __init__(self, *, scaled: bool) -> None:
        self.scaled = scaled

    def saved(self, context: LayerContext) -> dict[str, tuple[Shape, Any]]:
        return {"mask": ((context.samples, *context.output), np.dtype(np.uint8))}

    def forward(self, context: LayerContext, arrays: Arrays) -> list[Call]:
        settings = context.options["keep"], self.scaled, *context.key, arrays.step
        written = arrays.output, arrays.saved["mask"]
        return [native().bound.dropout_forward(None, arrays.inputs[0], *settings, *written, context.threads)]

    def backward(self, context: LayerContext, arrays: Arrays, gradients: GradientArrays) -> list[Call]:
        settings = arrays.saved["mask"], context.options["keep"], self.scaled
        return [native().bound.dropout_backward(None, gradients.output, *settings, gradients.private, context.threads)]


declare_native("dropout", Pair(dropout_forward, dropout_backward), _Dropout(scaled=True))
declare_native("vanilla_dropout", Pair(vanilla_dropout_forward, vanilla_dropout_backward), _Dropout(scaled=False))
