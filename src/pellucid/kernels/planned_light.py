"""Native layers for a plan, continued: those that do little arithmetic for each number. Read `planned.py` first."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from pellucid.kernels.binding import native
from pellucid.kernels.planned_layer import Arrays, Call, Gradients, LayerContext, PlannedLayer, Shape
from pellucid.kernels.pool import winner_dtype
from pellucid.shapes import Array

__all__ = ["LIGHT"]


class _LayerNorm(PlannedLayer):
    reads_input = True
    needs_private = gradient_is_private = True

    def saved(self, context: LayerContext) -> dict[str, tuple[Shape, Any]]:
        return {name: ((context.samples,), np.dtype(np.float64)) for name in ("mean", "inv_std")}

    def workspace(self, context: LayerContext) -> int:
        needed = getattr(native(), f"layernorm_workspace_{context.dtype.name}")
        return int(needed(context.params[0][0], context.threads))

    def forward(self, context: LayerContext, arrays: Arrays) -> list[Call]:
        (x,), settings = arrays.inputs, (context.options["eps"], context.relu)
        written = arrays.output, arrays.saved["mean"], arrays.saved["inv_std"]
        return [native().bound.layernorm_forward(None, x, *arrays.params, *settings, *written, context.threads)]

    def backward(self, context: LayerContext, arrays: Arrays, gradients: Gradients) -> list[Call]:
        (x,), statistics = arrays.inputs, (arrays.saved["mean"], arrays.saved["inv_std"])
        read, written = (gradients.output, x, *arrays.params, *statistics), (gradients.private, *gradients.params)
        return [native().bound.layernorm_backward(arrays.workspace, *read, context.relu, *written, context.threads)]


class _GroupNorm(PlannedLayer):
    reads_input = True
    needs_private = gradient_is_private = True

    def saved(self, context: LayerContext) -> dict[str, tuple[Shape, Any]]:
        shape = context.samples, context.options["groups"]
        return {name: (shape, np.dtype(np.float64)) for name in ("mean", "inv_std")}

    def workspace(self, context: LayerContext) -> int:
        needed = getattr(native(), f"groupnorm_workspace_{context.dtype.name}")
        height, width, channels = context.inputs[0]
        return int(needed(height * width, channels, context.threads))

    def forward(self, context: LayerContext, arrays: Arrays) -> list[Call]:
        settings = context.options["groups"], context.options["eps"], context.relu
        written = arrays.output, arrays.saved["mean"], arrays.saved["inv_std"]
        bound = native().bound.groupnorm_forward
        return [bound(arrays.workspace, *arrays.inputs, *arrays.params, *settings, *written, context.threads)]

    def backward(self, context: LayerContext, arrays: Arrays, gradients: Gradients) -> list[Call]:
        statistics = arrays.saved["mean"], arrays.saved["inv_std"]
        read = gradients.output, *arrays.inputs, *arrays.params, context.options["groups"], *statistics
        written = gradients.private, *gradients.params
        return [native().bound.groupnorm_backward(arrays.workspace, *read, context.relu, *written, context.threads)]


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

    def backward(self, context: LayerContext, arrays: Arrays, gradients: Gradients) -> list[Call]:
        settings = arrays.saved["mask"], context.options["keep"], self.scaled
        return [native().bound.dropout_backward(None, gradients.output, *settings, gradients.private, context.threads)]


class _MaxPool(PlannedLayer):
    def saved(self, context: LayerContext) -> dict[str, tuple[Shape, Any]]:
        return {"winner": ((context.samples, *context.output), winner_dtype(context.options["size"]))}

    def forward(self, context: LayerContext, arrays: Arrays) -> list[Call]:
        window = list(context.options["size"]), list(context.options["stride"])
        written = arrays.output, arrays.saved["winner"]
        return [native().bound.maxpool_forward(None, arrays.inputs[0], *window, *written, context.threads)]

    def backward(self, context: LayerContext, arrays: Arrays, gradients: Gradients) -> list[Call]:
        window = list(context.options["size"]), list(context.options["stride"])
        winner, (dx,) = arrays.saved["winner"], gradients.inputs
        return [native().bound.maxpool_backward(None, gradients.output, winner, *window, dx, context.threads)]


class _AvgPool(PlannedLayer):
    def forward(self, context: LayerContext, arrays: Arrays) -> list[Call]:
        (x,) = arrays.inputs
        out, window = self._images(arrays.output), self._window(context)
        return [native().bound.avgpool_forward(None, x, *window, out, context.threads)]

    def backward(self, context: LayerContext, arrays: Arrays, gradients: Gradients) -> list[Call]:
        dout, window, (dx,) = self._images(gradients.output), self._window(context), gradients.inputs
        return [native().bound.avgpool_backward(None, dout, *window, dx, context.threads)]

    @staticmethod
    def _window(context: LayerContext) -> tuple[list[int], list[int]]:
        """Size and stride; without options, one window as large as the image."""
        whole = context.inputs[0][:2]
        return list(context.options.get("size", whole)), list(context.options.get("stride", whole))

    @staticmethod
    def _images(array: Array) -> Array:
        """(N, C) -> (N, 1, 1, C)"""
        return array if array.ndim == 4 else array[:, None, None, :]


class _Activation(PlannedLayer):
    needs_private = gradient_is_private = True

    def __init__(self, name: str, *, reads_output: bool = False, option: str = "") -> None:
        self.name, self.option = name, option
        self.reads_output, self.reads_input = reads_output, not reads_output  # type: ignore[misc]

    def forward(self, context: LayerContext, arrays: Arrays) -> list[Call]:
        call = getattr(native().bound, f"{self.name}_forward")
        return [call(None, arrays.inputs[0], *self._options(context), arrays.output, context.threads)]

    def backward(self, context: LayerContext, arrays: Arrays, gradients: Gradients) -> list[Call]:
        call = getattr(native().bound, f"{self.name}_backward")
        saved = arrays.output if self.reads_output else arrays.inputs[0]
        return [call(None, gradients.output, saved, *self._options(context), gradients.private, context.threads)]

    def _options(self, context: LayerContext) -> tuple[float, ...]:
        return (context.options[self.option],) if self.option else ()


LIGHT: Mapping[str, PlannedLayer] = {
    "relu": _Activation("relu", reads_output=True),
    "leaky_relu": _Activation("leaky_relu", option="slope"),
    "sigmoid": _Activation("sigmoid", reads_output=True),
    "tanh": _Activation("tanh", reads_output=True),
    "gelu": _Activation("gelu"),
    "layernorm": _LayerNorm(),
    "groupnorm": _GroupNorm(),
    "dropout": _Dropout(scaled=True),
    "vanilla_dropout": _Dropout(scaled=False),
    "maxpool": _MaxPool(),
    "avgpool": _AvgPool(),
    "global_avgpool": _AvgPool(),
}
