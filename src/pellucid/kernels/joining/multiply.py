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
        if db is not None and _of_channels(a, b):
            calls.append(native().bound.channel_products(None, dout, a, db.reshape(len(a), -1), context.threads))
        elif db is not None:
            calls.append(_product(context, dout, a, db))
        return calls


def _of_channels(a: Array, b: Array) -> bool:
    """Whether b (N, C), or (N, 1, 1, C), holds a number for each channel of the images a (N, H, W, C)."""
    return a.ndim == 4 and b.shape != a.shape


def _product(context: LayerContext, a: Array, b: Array, out: Array) -> Call:
    if _of_channels(a, b):
        return native().bound.weigh_channels(None, a, b.reshape(len(a), -1), out, context.threads)
    return lambda n: np.multiply(a[:n], b[:n], out=out[:n])


PLANNED["multiply"] = _Multiply()
