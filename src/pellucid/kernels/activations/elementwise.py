"""What the elementwise layers share: one number in, one number out, in one pass over arrays of any shape.

Results lie in memory as the input does: channels last, or in C order.
"""

import numpy as np

from pellucid.kernels.binding import native
from pellucid.kernels.memory import as_logical, dense_like, is_channels_last
from pellucid.kernels.planned_layer import Arrays, Call, GradientArrays, LayerContext, PlannedLayer
from pellucid.kernels.threads import default_threads
from pellucid.layers.activations.elementwise import check_upstream
from pellucid.shapes import Array, check_dtypes

__all__ = ["PlannedActivation", "elementwise_backward", "elementwise_forward"]


def elementwise_forward(kernel: str, x: Array, *options: float) -> Array:
    """Return what the kernel of that name computes from x."""
    check_dtypes(kernel, x=x)
    last = is_channels_last(x)
    dense = dense_like(x, last)
    out = np.empty_like(dense)
    getattr(native(), kernel)(dense.reshape(-1), *options, out.reshape(-1), default_threads())
    return as_logical(out) if last else out


def elementwise_backward(kernel: str, dout: Array, cached: Array, *options: float) -> Array:
    """Return dx; `cached` is the forward's input or output, whichever the kernel reads."""
    check_upstream(kernel, dout, cached)
    last = is_channels_last(cached)
    dense = dense_like(cached, last)
    dx = np.empty_like(dense)
    arrays = dense_like(dout, last).reshape(-1), dense.reshape(-1)
    getattr(native(), kernel)(*arrays, *options, dx.reshape(-1), default_threads())
    return as_logical(dx) if last else dx


class PlannedActivation(PlannedLayer):
    """An activation in a plan; its backward reads its input or its output, and writes in place."""

    needs_private = gradient_is_private = True

    def __init__(self, name: str, *, reads_output: bool = False, option: str = "") -> None:
        self.name, self.option = name, option
        self.reads_output, self.reads_input = reads_output, not reads_output  # type: ignore[misc]

    def forward(self, context: LayerContext, arrays: Arrays) -> list[Call]:
        call = getattr(native().bound, f"{self.name}_forward")
        return [call(None, arrays.inputs[0], *self._options(context), arrays.output, context.threads)]

    def backward(self, context: LayerContext, arrays: Arrays, gradients: GradientArrays) -> list[Call]:
        call = getattr(native().bound, f"{self.name}_backward")
        saved = arrays.output if self.reads_output else arrays.inputs[0]
        return [call(None, gradients.output, saved, *self._options(context), gradients.private, context.threads)]

    def _options(self, context: LayerContext) -> tuple[float, ...]:
        return (context.options[self.option],) if self.option else ()
