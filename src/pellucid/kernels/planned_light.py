"""Native layers for a plan, continued: those that do little arithmetic for each number. See `planned.py`."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from pellucid.kernels.binding import native
from pellucid.kernels.planned_layer import Arrays, Call, Gradients, Layer, Shape, Site
from pellucid.kernels.pool import winner_dtype
from pellucid.shapes import Array

__all__ = ["LIGHT"]


class _LayerNorm(Layer):
    reads_input = True
    needs_private = gradient_is_private = True

    def saved(self, site: Site) -> dict[str, tuple[Shape, Any]]:
        return {name: ((site.samples,), np.dtype(np.float64)) for name in ("mean", "inv_std")}

    def workspace(self, site: Site) -> int:
        needed = getattr(native(), f"layernorm_workspace_{site.dtype.name}")
        return int(needed(site.params[0][0], site.threads))

    def forward(self, site: Site, arrays: Arrays) -> list[Call]:
        (x,), how = arrays.inputs, (site.options["eps"], site.relu)
        written = arrays.output, arrays.saved["mean"], arrays.saved["inv_std"]
        return [native().bound.layernorm_forward(None, x, *arrays.params, *how, *written, site.threads)]

    def backward(self, site: Site, arrays: Arrays, gradients: Gradients) -> list[Call]:
        (x,), kept = arrays.inputs, (arrays.saved["mean"], arrays.saved["inv_std"])
        read, written = (gradients.output, x, *arrays.params, *kept), (gradients.private, *gradients.params)
        return [native().bound.layernorm_backward(arrays.workspace, *read, site.relu, *written, site.threads)]


class _GroupNorm(Layer):
    reads_input = True
    needs_private = gradient_is_private = True

    def saved(self, site: Site) -> dict[str, tuple[Shape, Any]]:
        shape = site.samples, site.options["groups"]
        return {name: (shape, np.dtype(np.float64)) for name in ("mean", "inv_std")}

    def workspace(self, site: Site) -> int:
        needed = getattr(native(), f"groupnorm_workspace_{site.dtype.name}")
        height, width, channels = site.inputs[0]
        return int(needed(height * width, channels, site.threads))

    def forward(self, site: Site, arrays: Arrays) -> list[Call]:
        how = site.options["groups"], site.options["eps"], site.relu
        written = arrays.output, arrays.saved["mean"], arrays.saved["inv_std"]
        bound = native().bound.groupnorm_forward
        return [bound(arrays.workspace, *arrays.inputs, *arrays.params, *how, *written, site.threads)]

    def backward(self, site: Site, arrays: Arrays, gradients: Gradients) -> list[Call]:
        kept = site.options["groups"], arrays.saved["mean"], arrays.saved["inv_std"]
        read = gradients.output, *arrays.inputs, *arrays.params, *kept
        written = gradients.private, *gradients.params
        return [native().bound.groupnorm_backward(arrays.workspace, *read, site.relu, *written, site.threads)]


class _Dropout(Layer):
    infers = False
    needs_private = gradient_is_private = True

    def __init__(self, *, scaled: bool) -> None:
        self.scaled = scaled

    def saved(self, site: Site) -> dict[str, tuple[Shape, Any]]:
        return {"mask": ((site.samples, *site.output), np.dtype(np.uint8))}

    def forward(self, site: Site, arrays: Arrays) -> list[Call]:
        how = site.options["keep"], self.scaled, *site.key, arrays.step
        written = arrays.output, arrays.saved["mask"]
        return [native().bound.dropout_forward(None, arrays.inputs[0], *how, *written, site.threads)]

    def backward(self, site: Site, arrays: Arrays, gradients: Gradients) -> list[Call]:
        how = arrays.saved["mask"], site.options["keep"], self.scaled
        return [native().bound.dropout_backward(None, gradients.output, *how, gradients.private, site.threads)]


class _MaxPool(Layer):
    def saved(self, site: Site) -> dict[str, tuple[Shape, Any]]:
        return {"winner": ((site.samples, *site.output), winner_dtype(site.options["size"]))}

    def forward(self, site: Site, arrays: Arrays) -> list[Call]:
        how = list(site.options["size"]), list(site.options["stride"])
        written = arrays.output, arrays.saved["winner"]
        return [native().bound.maxpool_forward(None, arrays.inputs[0], *how, *written, site.threads)]

    def backward(self, site: Site, arrays: Arrays, gradients: Gradients) -> list[Call]:
        how = list(site.options["size"]), list(site.options["stride"])
        winner, (dx,) = arrays.saved["winner"], gradients.inputs
        return [native().bound.maxpool_backward(None, gradients.output, winner, *how, dx, site.threads)]


class _AvgPool(Layer):
    def forward(self, site: Site, arrays: Arrays) -> list[Call]:
        (x,) = arrays.inputs
        out, how = self._places(arrays.output), self._window(site)
        return [native().bound.avgpool_forward(None, x, *how, out, site.threads)]

    def backward(self, site: Site, arrays: Arrays, gradients: Gradients) -> list[Call]:
        dout, how, (dx,) = self._places(gradients.output), self._window(site), gradients.inputs
        return [native().bound.avgpool_backward(None, dout, *how, dx, site.threads)]

    @staticmethod
    def _window(site: Site) -> tuple[list[int], list[int]]:
        """Size and stride; without options, one window as large as the image."""
        whole = site.inputs[0][:2]
        return list(site.options.get("size", whole)), list(site.options.get("stride", whole))

    @staticmethod
    def _places(array: Array) -> Array:
        """(N, C) -> (N, 1, 1, C)"""
        return array if array.ndim == 4 else array[:, None, None, :]


class _Activation(Layer):
    needs_private = gradient_is_private = True

    def __init__(self, name: str, *, keeps_output: bool = False, option: str = "") -> None:
        self.name, self.option = name, option
        self.reads_output, self.reads_input = keeps_output, not keeps_output  # type: ignore[misc]

    def forward(self, site: Site, arrays: Arrays) -> list[Call]:
        call = getattr(native().bound, f"{self.name}_forward")
        return [call(None, arrays.inputs[0], *self._options(site), arrays.output, site.threads)]

    def backward(self, site: Site, arrays: Arrays, gradients: Gradients) -> list[Call]:
        call = getattr(native().bound, f"{self.name}_backward")
        kept = arrays.output if self.reads_output else arrays.inputs[0]
        return [call(None, gradients.output, kept, *self._options(site), gradients.private, site.threads)]

    def _options(self, site: Site) -> tuple[float, ...]:
        return (site.options[self.option],) if self.option else ()


LIGHT: Mapping[str, Layer] = {
    "relu": _Activation("relu", keeps_output=True),
    "leaky_relu": _Activation("leaky_relu", option="slope"),
    "sigmoid": _Activation("sigmoid", keeps_output=True),
    "tanh": _Activation("tanh", keeps_output=True),
    "gelu": _Activation("gelu"),
    "layernorm": _LayerNorm(),
    "groupnorm": _GroupNorm(),
    "dropout": _Dropout(scaled=True),
    "vanilla_dropout": _Dropout(scaled=False),
    "maxpool": _MaxPool(),
    "avgpool": _AvgPool(),
    "global_avgpool": _AvgPool(),
}
