"""Native layers for a plan: what each keeps and needs, known before there are arrays, and its kernels bound to arrays once.

A layer that stands here runs in a plan as bare calls of the compiled module, without allocation. One that does not still takes
part, as an opaque operation (see `plan/binding.py`).
"""

import math
from collections.abc import Mapping
from typing import Any

from pellucid.kernels.binding import native
from pellucid.kernels.conv import winograd_fits
from pellucid.kernels.planned_layer import Arrays, Call, Gradients, Layer, Shape, Site
from pellucid.kernels.planned_light import LIGHT
from pellucid.kernels.tables import NATIVE
from pellucid.layers import Layers
from pellucid.shapes import Array

__all__ = ["PLANNED", "planned_layers"]


def _through_relu(site: Site, arrays: Arrays, gradients: Gradients) -> tuple[Array, list[Call]]:
    """Return the gradient before a fused ReLU, and the call that computes it, if there is one."""
    if not site.relu:
        return gradients.output, []
    call = native().bound.relu_backward(None, gradients.output, arrays.output, gradients.private, site.threads)
    return gradients.private, [call]


class _Affine(Layer):
    reads_input = True

    def workspace(self, site: Site) -> int:
        needed = getattr(native(), f"affine_workspace_{site.dtype.name}")
        return int(needed(site.samples, *site.params[0], site.threads))

    def forward(self, site: Site, arrays: Arrays) -> list[Call]:
        (x,), (w, b) = arrays.inputs, arrays.params
        bound = native().bound.affine_forward
        return [bound(arrays.workspace, _rows(x), w, b, site.pixels, site.relu, arrays.output, site.threads)]

    def backward(self, site: Site, arrays: Arrays, gradients: Gradients) -> list[Call]:
        dout, calls = _through_relu(site, arrays, gradients)
        (x,), (w, _), (dx,), (dw, db) = arrays.inputs, arrays.params, gradients.inputs, gradients.params
        dx = None if dx is None else _rows(dx)
        bound = native().bound.affine_backward
        return [*calls, bound(arrays.workspace, dout, _rows(x), w, site.pixels, dx, dw, db, site.threads)]


class _Conv(Layer):
    reads_input = True
    keeps_workspace = True

    def recomputes(self, site: Site) -> bool:
        return math.prod(site.params[0][:3]) <= 32  # few products a number: 3x3 of a colour image

    def workspace(self, site: Site) -> int:
        needed = getattr(native(), f"conv_workspace_{site.dtype.name}")
        images, places = (site.samples, *site.inputs[0]), (site.samples, *site.output)
        how = *self._window(site), self._winograd(site)
        return int(needed(list(images), list(site.params[0]), list(places), *how, site.threads))

    def forward(self, site: Site, arrays: Arrays) -> list[Call]:
        (x,), (w, b) = arrays.inputs, arrays.params
        how = *self._window(site), site.relu, self._winograd(site)
        return [native().bound.conv_forward(arrays.workspace, x, w, b, *how, arrays.output, site.threads)]

    def prepare(self, site: Site, arrays: Arrays) -> list[Call]:
        (x,), (w, _) = arrays.inputs, arrays.params
        how = *self._window(site), self._winograd(site)
        return [native().bound.conv_prepare(arrays.workspace, x, w, *how, arrays.output, site.threads)]

    def infer(self, site: Site, arrays: Arrays) -> list[Call]:
        (x,), (w, b) = arrays.inputs, arrays.params
        how = *self._window(site), site.relu, self._winograd(site)
        return [native().bound.conv_forward_prepared(arrays.workspace, x, w, b, *how, arrays.output, site.threads)]

    def backward(self, site: Site, arrays: Arrays, gradients: Gradients) -> list[Call]:
        dout, calls = _through_relu(site, arrays, gradients)
        (x,), (w, _), (dx,), (dw, db) = arrays.inputs, arrays.params, gradients.inputs, gradients.params
        how = *self._window(site), self._winograd(site)
        return [
            *calls,
            native().bound.conv_backward(arrays.workspace, dout, x, w, *how, False, dx, dw, db, site.threads),
        ]

    @staticmethod
    def _window(site: Site) -> tuple[list[int], list[int]]:
        return list(site.options["stride"]), list(site.options["pad"])

    @staticmethod
    def _winograd(site: Site) -> bool:
        stride, pad = site.options["stride"], site.options["pad"]
        if site.algorithm is not None:
            return site.algorithm == "winograd"
        return winograd_fits(site.dtype, site.inputs[0][:2], site.params[0], stride, pad)


class _BatchNorm(Layer):
    infers = False
    reads_input = True
    needs_private = gradient_is_private = True

    def saved(self, site: Site) -> dict[str, tuple[Shape, Any]]:
        return {"inv_std": (site.params[0], site.dtype)}

    def workspace(self, site: Site) -> int:
        needed = getattr(native(), f"batchnorm_workspace_{site.dtype.name}")
        return int(needed(site.params[0][0], site.threads))

    def forward(self, site: Site, arrays: Arrays) -> list[Call]:
        (x,), (gamma, beta), (mean, var) = arrays.inputs, arrays.params, arrays.statistics
        how = site.options["eps"], site.relu
        kept = mean, var, arrays.saved["inv_std"]
        bound = native().bound.batchnorm_forward
        return [bound(arrays.workspace, x, gamma, beta, *how, arrays.output, *kept, site.threads)]

    def recomputes(self, site: Site) -> bool:
        return True

    def again(self, site: Site, arrays: Arrays) -> list[Call]:
        (x,), (gamma, beta), (mean, _) = arrays.inputs, arrays.params, arrays.statistics
        kept = mean, arrays.saved["inv_std"]
        return [native().bound.batchnorm_apply(None, x, gamma, beta, *kept, site.relu, arrays.output, site.threads)]

    def backward(self, site: Site, arrays: Arrays, gradients: Gradients) -> list[Call]:
        (x,), (gamma, beta), (mean, _) = arrays.inputs, arrays.params, arrays.statistics
        kept = gamma, beta, mean, arrays.saved["inv_std"]
        written = gradients.private, *gradients.params
        bound = native().bound.batchnorm_backward
        return [bound(arrays.workspace, gradients.output, x, *kept, site.relu, *written, site.threads)]


class _Add(Layer):
    """Its backward is nothing: both branches receive dout itself. The plan does that."""

    def recomputes(self, site: Site) -> bool:
        return True

    def forward(self, site: Site, arrays: Arrays) -> list[Call]:
        return [native().bound.add(None, *arrays.inputs, arrays.output, site.threads)]


def _rows(x: Array) -> Array:
    return x.reshape(len(x), -1)


PLANNED: Mapping[str, Layer] = {
    "affine": _Affine(),
    "conv": _Conv(),
    "batchnorm": _BatchNorm(),
    "spatial_batchnorm": _BatchNorm(),
    "add": _Add(),
    **LIGHT,
}


def planned_layers(layers: Layers) -> Mapping[str, Layer]:
    """Return the layers of a table that a plan may run by bare calls: those that are the native table's."""
    names = {name for name in PLANNED if name != "add" and layers.pair(name) == NATIVE.pair(name)}
    return {name: layer for name, layer in PLANNED.items() if name in names or (name == "add" and names)}
