"""Native layers for a plan: what each saves and needs, known before there are arrays, and its kernels bound to arrays once.

A layer listed here runs in a plan as bare calls of the compiled module, without allocation. Any other still takes part, as an
opaque operation (see `plan/binding.py`).
"""

import math
from collections.abc import Mapping
from typing import Any

from pellucid.kernels.binding import native
from pellucid.kernels.conv import winograd_fits
from pellucid.kernels.planned_layer import Arrays, Call, Gradients, LayerContext, PlannedLayer, Shape
from pellucid.kernels.planned_light import LIGHT
from pellucid.kernels.tables import NATIVE
from pellucid.layers import Layers
from pellucid.shapes import Array

__all__ = ["PLANNED", "planned_layers"]


def _through_relu(context: LayerContext, arrays: Arrays, gradients: Gradients) -> tuple[Array, list[Call]]:
    """Return the gradient before a fused ReLU, and the call that computes it, if there is one."""
    if not context.relu:
        return gradients.output, []
    call = native().bound.relu_backward(None, gradients.output, arrays.output, gradients.private, context.threads)
    return gradients.private, [call]


class _Affine(PlannedLayer):
    reads_input = True

    def workspace(self, context: LayerContext) -> int:
        needed = getattr(native(), f"affine_workspace_{context.dtype.name}")
        return int(needed(context.samples, *context.params[0], context.threads))

    def forward(self, context: LayerContext, arrays: Arrays) -> list[Call]:
        (x,), (w, b) = arrays.inputs, arrays.params
        bound = native().bound.affine_forward
        return [bound(arrays.workspace, _rows(x), w, b, context.pixels, context.relu, arrays.output, context.threads)]

    def backward(self, context: LayerContext, arrays: Arrays, gradients: Gradients) -> list[Call]:
        dout, calls = _through_relu(context, arrays, gradients)
        (x,), (w, _), (dx,), (dw, db) = arrays.inputs, arrays.params, gradients.inputs, gradients.params
        dx = None if dx is None else _rows(dx)
        bound = native().bound.affine_backward
        return [*calls, bound(arrays.workspace, dout, _rows(x), w, context.pixels, dx, dw, db, context.threads)]


class _Conv(PlannedLayer):
    reads_input = True
    keeps_workspace = True

    def cheap_to_recompute(self, context: LayerContext) -> bool:
        return math.prod(context.params[0][:3]) <= 32  # few products for each output: 3x3 of a colour image

    def workspace(self, context: LayerContext) -> int:
        needed = getattr(native(), f"conv_workspace_{context.dtype.name}")
        inputs, outputs = [context.samples, *context.inputs[0]], [context.samples, *context.output]
        settings = *self._window(context), self._winograd(context)
        return int(needed(inputs, list(context.params[0]), outputs, *settings, context.threads))

    def forward(self, context: LayerContext, arrays: Arrays) -> list[Call]:
        (x,), (w, b) = arrays.inputs, arrays.params
        settings = *self._window(context), context.relu, self._winograd(context)
        return [native().bound.conv_forward(arrays.workspace, x, w, b, *settings, arrays.output, context.threads)]

    def prepare(self, context: LayerContext, arrays: Arrays) -> list[Call]:
        (x,), (w, _) = arrays.inputs, arrays.params
        settings = *self._window(context), self._winograd(context)
        return [native().bound.conv_prepare(arrays.workspace, x, w, *settings, arrays.output, context.threads)]

    def infer(self, context: LayerContext, arrays: Arrays) -> list[Call]:
        (x,), (w, b) = arrays.inputs, arrays.params
        settings = *self._window(context), context.relu, self._winograd(context)
        return [
            native().bound.conv_forward_prepared(arrays.workspace, x, w, b, *settings, arrays.output, context.threads)
        ]

    def backward(self, context: LayerContext, arrays: Arrays, gradients: Gradients) -> list[Call]:
        dout, calls = _through_relu(context, arrays, gradients)
        (x,), (w, _), (dx,), (dw, db) = arrays.inputs, arrays.params, gradients.inputs, gradients.params
        settings = *self._window(context), self._winograd(context)
        return [
            *calls,
            native().bound.conv_backward(arrays.workspace, dout, x, w, *settings, False, dx, dw, db, context.threads),
        ]

    @staticmethod
    def _window(context: LayerContext) -> tuple[list[int], list[int]]:
        return list(context.options["stride"]), list(context.options["pad"])

    @staticmethod
    def _winograd(context: LayerContext) -> bool:
        stride, pad = context.options["stride"], context.options["pad"]
        if context.algorithm is not None:
            return context.algorithm == "winograd"
        return winograd_fits(context.dtype, context.inputs[0][:2], context.params[0], stride, pad)


class _BatchNorm(PlannedLayer):
    infers = False
    reads_input = True
    needs_private = gradient_is_private = True

    def saved(self, context: LayerContext) -> dict[str, tuple[Shape, Any]]:
        return {"inv_std": (context.params[0], context.dtype)}

    def workspace(self, context: LayerContext) -> int:
        needed = getattr(native(), f"batchnorm_workspace_{context.dtype.name}")
        return int(needed(context.params[0][0], context.threads))

    def forward(self, context: LayerContext, arrays: Arrays) -> list[Call]:
        (x,), (gamma, beta), (mean, var) = arrays.inputs, arrays.params, arrays.statistics
        settings = context.options["eps"], context.relu
        statistics = mean, var, arrays.saved["inv_std"]
        bound = native().bound.batchnorm_forward
        return [bound(arrays.workspace, x, gamma, beta, *settings, arrays.output, *statistics, context.threads)]

    def cheap_to_recompute(self, context: LayerContext) -> bool:
        return True

    def recompute(self, context: LayerContext, arrays: Arrays) -> list[Call]:
        (x,), (gamma, beta), (mean, _) = arrays.inputs, arrays.params, arrays.statistics
        statistics = mean, arrays.saved["inv_std"]
        return [
            native().bound.batchnorm_apply(
                None, x, gamma, beta, *statistics, context.relu, arrays.output, context.threads
            )
        ]

    def backward(self, context: LayerContext, arrays: Arrays, gradients: Gradients) -> list[Call]:
        (x,), (gamma, beta), (mean, _) = arrays.inputs, arrays.params, arrays.statistics
        statistics = mean, arrays.saved["inv_std"]
        written = gradients.private, *gradients.params
        bound = native().bound.batchnorm_backward
        return [
            bound(
                arrays.workspace, gradients.output, x, gamma, beta, *statistics, context.relu, *written, context.threads
            )
        ]


class _Add(PlannedLayer):
    """It has no backward: the plan passes dout to both branches."""

    def cheap_to_recompute(self, context: LayerContext) -> bool:
        return True

    def forward(self, context: LayerContext, arrays: Arrays) -> list[Call]:
        return [native().bound.add(None, *arrays.inputs, arrays.output, context.threads)]


def _rows(x: Array) -> Array:
    return x.reshape(len(x), -1)


PLANNED: Mapping[str, PlannedLayer] = {
    "affine": _Affine(),
    "conv": _Conv(),
    "batchnorm": _BatchNorm(),
    "spatial_batchnorm": _BatchNorm(),
    "add": _Add(),
    **LIGHT,
}


def planned_layers(layers: Layers) -> Mapping[str, PlannedLayer]:
    """Return the layers of a table that a plan can run by bare calls: those whose pair is the native table's."""
    names = {name for name in PLANNED if name != "add" and layers.pair(name) == NATIVE.pair(name)}
    return {name: layer for name, layer in PLANNED.items() if name in names or (name == "add" and names)}
