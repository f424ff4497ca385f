"""Group normalization of channels-last images. See `layers/groupnorm.py` for the mathematics.

The cache keeps x itself and each group's statistics in float64, not the normalized x: the backward computes that again.
"""

from typing import Any, NamedTuple

import numpy as np

from pellucid.kernels.binding import native
from pellucid.kernels.declaration import declare_native
from pellucid.kernels.memory import as_images, as_logical, dense_like
from pellucid.kernels.planned_layer import Arrays, Call, GradientArrays, LayerContext, PlannedLayer, Shape
from pellucid.kernels.threads import default_threads
from pellucid.layers import Pair
from pellucid.layers import groupnorm as reference
from pellucid.layers.groupnorm import GroupNormCache, check_groupnorm_forward
from pellucid.shapes import Array, check_shapes

__all__ = ["NativeGroupNormCache", "PlannedGroupNorm", "groupnorm_backward", "groupnorm_forward"]


class NativeGroupNormCache(NamedTuple):
    x: Array  # (N, H, W, C), dense
    gamma: Array  # (C,)
    beta: Array  # (C,)
    groups: int
    mean: Array  # (N, G) float64
    inv_std: Array  # (N, G) float64


def groupnorm_forward(
    x: Array, gamma: Array, beta: Array, *, groups: int, eps: float = 1e-5
) -> tuple[Array, NativeGroupNormCache | GroupNormCache]:
    """Return out (N, C, H, W), channels last in memory, and the cache. `groups` must divide C."""
    check_groupnorm_forward("groupnorm_forward", x, gamma, beta, groups, eps)
    if 0 in x.shape[1:]:  # no images of no pixels
        return reference.groupnorm_forward(x, gamma, beta, groups=groups, eps=eps)
    groups = int(groups)
    images, gamma, beta = as_images(x), dense_like(gamma, False), dense_like(beta, False)
    out, mean, inv_std = np.empty_like(images), np.empty((len(x), groups)), np.empty((len(x), groups))
    native().groupnorm_forward(images, gamma, beta, groups, eps, False, out, mean, inv_std, default_threads())
    return as_logical(out), NativeGroupNormCache(images, gamma, beta, groups, mean, inv_std)


def groupnorm_backward(dout: Array, cache: NativeGroupNormCache | GroupNormCache) -> tuple[Array, Array, Array]:
    """Return dx (N, C, H, W), dgamma (C,), dbeta (C,)."""
    if isinstance(cache, GroupNormCache):
        return reference.groupnorm_backward(dout, cache)
    check_shapes("groupnorm_backward", x=(as_logical(cache.x), "N C H W"), dout=(dout, "N C H W"))
    dx, dgamma, dbeta = np.empty_like(cache.x), np.empty_like(cache.gamma), np.empty_like(cache.beta)
    native().groupnorm_backward(as_images(dout), *cache, False, dx, dgamma, dbeta, default_threads())
    return as_logical(dx), dgamma, dbeta


class PlannedGroupNorm(PlannedLayer):
    """Group normalization in a plan."""

    reads_input = True
    needs_private = gradient_is_private = True

    def groups(self, context: LayerContext) -> int:
        """Return the number of groups."""
        return int(context.options["groups"])

    def saved(self, context: LayerContext) -> dict[str, tuple[Shape, Any]]:
        shape = context.samples, self.groups(context)
        return {name: (shape, np.dtype(np.float64)) for name in ("mean", "inv_std")}

    def workspace(self, context: LayerContext) -> int:
        needed = getattr(native(), f"groupnorm_workspace_{context.dtype.name}")
        height, width, channels = context.inputs[0]
        return int(needed(height * width, channels, context.threads))

    def forward(self, context: LayerContext, arrays: Arrays) -> list[Call]:
        settings = self.groups(context), context.options["eps"], context.relu
        written = arrays.output, arrays.saved["mean"], arrays.saved["inv_std"]
        bound = native().bound.groupnorm_forward
        return [bound(arrays.workspace, *arrays.inputs, *arrays.params, *settings, *written, context.threads)]

    def backward(self, context: LayerContext, arrays: Arrays, gradients: GradientArrays) -> list[Call]:
        statistics = arrays.saved["mean"], arrays.saved["inv_std"]
        read = gradients.output, *arrays.inputs, *arrays.params, self.groups(context), *statistics
        written = gradients.private, *gradients.params
        return [native().bound.groupnorm_backward(arrays.workspace, *read, context.relu, *written, context.threads)]


declare_native("groupnorm", Pair(groupnorm_forward, groupnorm_backward), PlannedGroupNorm())
