"""Concatenation in a plan: each input is copied to its place in the output, and its gradient back out of it, by NumPy.

Outside a plan, the table keeps the reference's entry.
"""

from itertools import accumulate, pairwise

import numpy as np

from pellucid.kernels.declaration import PLANNED
from pellucid.kernels.planned_layer import Arrays, Call, GradientArrays, LayerContext, PlannedLayer
from pellucid.shapes import Array

__all__: list[str] = []

MEMORY_AXIS = (2, 0, 1)  # of the axes (C, H, W) of an image that lies as (H, W, C)


class _Concat(PlannedLayer):
    def cheap_to_recompute(self, context: LayerContext) -> bool:
        return True

    def forward(self, context: LayerContext, arrays: Arrays) -> list[Call]:
        return [_copying(x, part) for x, part in zip(arrays.inputs, _parts(context, arrays.output), strict=True)]

    def backward(self, context: LayerContext, arrays: Arrays, gradients: GradientArrays) -> list[Call]:
        parts = zip(_parts(context, gradients.output), gradients.inputs, strict=True)
        return [_copying(part, dx) for part, dx in parts if dx is not None]


def _parts(context: LayerContext, output: Array) -> list[Array]:
    """Return the views of the output, or of its gradient, that belong to each input."""
    axis = context.options["axis"]
    axis = MEMORY_AXIS[axis] if len(context.output) == 3 else axis
    ends = accumulate((shape[axis] for shape in context.inputs), initial=0)
    return [output[(slice(None),) * (axis + 1) + (slice(start, stop),)] for start, stop in pairwise(ends)]


def _copying(source: Array, target: Array) -> Call:
    return lambda n: np.copyto(target[:n], source[:n])


PLANNED["concat"] = _Concat()
