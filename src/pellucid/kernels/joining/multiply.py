"""The product of two values in a plan, in place; a kernel where one holds a number for each channel of images, else NumPy.

Outside a plan, the table keeps the reference's entry.
"""

import numpy as np

from pellucid.kernels.binding import native
from pellucid.kernels.declaration import PLANNED
from pellucid.kernels.planned_layer import Arrays, Call, GradientArrays, LayerContext, PlannedLayer
from pellucid.shapes import Array

__all__: list[str] = []


class _Multiply(PlannedLayer):
    reads_input = True

    def cheap_to_recompute(self, context: LayerContext) -> bool:
        return True

    def forward(self, context: LayerContext, arrays: Arrays) -> list[Call]:
        a, b = arrays.inputs
        return [_product(context, a, b, arrays.output)]

    def backward(self, context: LayerContext, arrays: Arrays, gradients: GradientArrays) -> list[Call]:
        (a, b), (da, db), dout = arrays.inputs, gradients.inputs, gradients.output
        calls = list[Call]()
        if da is not None:
            calls.append(_product(context, dout, b, da))
        if db is not None:
            calls.append(_factor_gradient(context, dout, a, b, db))
        return calls


def _product(context: LayerContext, a: Array, b: Array, out: Array) -> Call:
    """Return the call for out = a times the factor b."""
    if _is_of_channels(a, b):
        return native().bound.weigh_channels(None, a, b.reshape(len(b), -1), out, context.threads)
    factor = _along_pixels(b, a)
    return lambda n: np.multiply(a[:n], factor[:n], out=out[:n])


def _factor_gradient(context: LayerContext, dout: Array, a: Array, b: Array, db: Array) -> Call:
    """Return the call for db, the sum of dout times a over the axes along which b is repeated."""
    if b.shape == a.shape:
        return lambda n: np.multiply(dout[:n], a[:n], out=db[:n])
    if _is_of_channels(a, b):
        return native().bound.channel_products(None, dout, a, db.reshape(len(db), -1), context.threads)
    kept, indices = _own_axes(_along_pixels(b, a), a), "nabcdefgh"[: a.ndim]
    gathered = db.reshape(len(db), *(size for size, one in zip(a.shape[1:], kept, strict=True) if one))
    names = "n" + "".join(name for name, one in zip(indices[1:], kept, strict=True) if one)
    return lambda n: np.einsum(f"{indices},{indices}->{names}", dout[:n], a[:n], out=gathered[:n])


def _is_of_channels(a: Array, b: Array) -> bool:
    """Whether b holds a number for each channel of the images a (N, H, W, C), repeated along the pixels."""
    return a.ndim == 4 and b.shape != a.shape and _along_pixels(b, a).shape[1:] == (1, 1, a.shape[3])


def _own_axes(factor: Array, a: Array) -> list[bool]:
    """Return for each axis of a sample whether the factor has entries of its own along it."""
    return [size == full for size, full in zip(factor.shape[1:], a.shape[1:], strict=True)]


def _along_pixels(b: Array, a: Array) -> Array:
    """(N, C) -> (N, 1, 1, C) where a is a batch of images (N, H, W, C)."""
    return b[:, None, None, :] if a.ndim == 4 and b.ndim == 2 else b


PLANNED["multiply"] = _Multiply()
