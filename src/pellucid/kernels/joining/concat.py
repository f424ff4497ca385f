"""Concatenation in a plan: each input is copied to its place in the output, and its gradient back out of it.

Outside a plan, the table keeps the reference's entry. Along the last axis in memory, channels or features, a kernel copies; along
another, NumPy.
"""

from itertools import accumulate, pairwise

import numpy as np

from pellucid.kernels.binding import native
from pellucid.kernels.declaration import PLANNED
from pellucid.kernels.planned_layer import Arrays, Call, GradientArrays, LayerContext, PlannedLayer
from pellucid.shapes import Array

__all__: list[str] = []

MEMORY_AXIS = (2, 0, 1)  # of the axes (C, H, W) of an image that lies as (H, W, C)


class _Concat(PlannedLayer):
    def cheap_to_recompute(self, context: LayerContext) -> bool:
        return True

    def forward(self, context: LayerContext, arrays: Arrays) -> list[Call]:
        axis, places = _places(context)
        pairs = zip(arrays.inputs, places, strict=True)
        if axis == len(context.output) - 1:
            join = native().bound.join_columns
            return [join(None, x, start, arrays.output, context.threads) for x, (start, _) in pairs]
        return [_copying(x, _part(arrays.output, axis, place)) for x, place in pairs]

    def backward(self, context: LayerContext, arrays: Arrays, gradients: GradientArrays) -> list[Call]:
        axis, places = _places(context)
        pairs = [(place, dx) for place, dx in zip(places, gradients.inputs, strict=True) if dx is not None]
        if axis == len(context.output) - 1:
            part = native().bound.part_columns
            return [part(None, gradients.output, start, dx, context.threads) for (start, _), dx in pairs]
        return [_copying(_part(gradients.output, axis, place), dx) for place, dx in pairs]


def _places(context: LayerContext) -> tuple[int, list[tuple[int, int]]]:
    """Return the axis in memory order, counted within a sample, and where each input begins and ends along it."""
    axis = context.options["axis"]
    axis = MEMORY_AXIS[axis] if len(context.output) == 3 else axis
    return axis, list(pairwise(accumulate((shape[axis] for shape in context.inputs), initial=0)))


def _part(output: Array, axis: int, place: tuple[int, int]) -> Array:
    return output[(slice(None),) * (axis + 1) + (slice(*place),)]


def _copying(source: Array, target: Array) -> Call:
    return lambda n: np.copyto(target[:n], source[:n])


PLANNED["concat"] = _Concat()
