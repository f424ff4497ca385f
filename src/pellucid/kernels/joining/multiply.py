"""The product of two values in a plan, by NumPy, in place. Outside a plan, the table keeps the reference's entry."""

import numpy as np

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
        factor, out = _along_pixels(b, a), arrays.output
        return [lambda n: np.multiply(a[:n], factor[:n], out=out[:n])]

    def backward(self, context: LayerContext, arrays: Arrays, gradients: GradientArrays) -> list[Call]:
        (a, b), (da, db), dout = arrays.inputs, gradients.inputs, gradients.output
        factor, calls = _along_pixels(b, a), list[Call]()
        if da is not None:
            calls.append(lambda n: np.multiply(dout[:n], factor[:n], out=da[:n]))
        if db is not None and b.shape == a.shape:
            calls.append(lambda n: np.multiply(dout[:n], a[:n], out=db[:n]))
        elif db is not None:
            kept, indices = _own_axes(factor, a), "nabcdefgh"[: a.ndim]
            gathered = db.reshape(len(db), *(size for size, one in zip(a.shape[1:], kept, strict=True) if one))
            names = "n" + "".join(name for name, one in zip(indices[1:], kept, strict=True) if one)
            calls.append(lambda n: np.einsum(f"{indices},{indices}->{names}", dout[:n], a[:n], out=gathered[:n]))
        return calls


def _own_axes(factor: Array, a: Array) -> list[bool]:
    """Return for each axis of a sample whether the factor has entries of its own along it."""
    return [size == full for size, full in zip(factor.shape[1:], a.shape[1:], strict=True)]


def _along_pixels(b: Array, a: Array) -> Array:
    """(N, C) -> (N, 1, 1, C) where a is a batch of images (N, H, W, C)."""
    return b[:, None, None, :] if a.ndim == 4 and b.ndim == 2 else b


PLANNED["multiply"] = _Multiply()
