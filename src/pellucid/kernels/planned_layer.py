"""The interface of a native layer in a plan: the context it runs in, the arrays it reads and writes, and the calls it makes."""

import math
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, NamedTuple

import numpy as np

from pellucid.kernels.binding import native
from pellucid.layers.description import Shape
from pellucid.shapes import Array

__all__ = ["Arrays", "Call", "GradientArrays", "LayerContext", "PlannedLayer", "Shape", "through_relu"]

Call = Callable[[int], Any]  # takes the number of samples to compute


class LayerContext(NamedTuple):
    """What a layer knows of its place in a plan. Shapes are those of one sample in memory order: (H, W, C) or (D,)."""

    samples: int
    inputs: tuple[Shape, ...]
    output: Shape
    params: tuple[Shape, ...]  # in memory order: (R, S, C, F) for a convolution
    options: Mapping[str, Any]  # of the layer's forward
    relu: bool  # whether a ReLU is fused to its output
    pixels: int  # of an affine behind the flattening of channels-last images; else 1
    dtype: "np.dtype[Any]"
    threads: int
    algorithm: str | None  # of a convolution: "direct", "winograd", or None to choose by shape
    key: tuple[int, int]  # of a dropout's mask: the network's seed and the operation's number
    ceiling: float = math.inf  # of the fused ReLU: 6 of a ReLU6


class Arrays(NamedTuple):
    """What a forward reads and writes; samples are the first axis."""

    inputs: tuple[Array, ...]
    params: tuple[Array, ...]
    output: Array
    saved: Mapping[str, Array]
    statistics: tuple[Array, ...]  # the batch's mean and variance, of a layer with running statistics
    workspace: Array | None  # bytes
    step: Array  # (1,) uint64: the number of the training step, set before each; completes a dropout's key


class GradientArrays(NamedTuple):
    """What a backward reads and writes in addition."""

    output: Array  # dout
    private: Array  # shaped like dout and free to be written: dout itself where nobody else reads it
    inputs: tuple[Array | None, ...]  # None: not needed
    params: tuple[Array, ...]


class PlannedLayer:
    """One kind of layer. The defaults are those of a layer that saves nothing."""

    reads_input: ClassVar[bool] = False  # whether the backward reads the input
    reads_output: ClassVar[bool] = False  # whether the backward reads the output (with a fused ReLU it always does)
    needs_private: ClassVar[bool] = False  # whether the backward writes into an array like dout
    gradient_is_private: ClassVar[bool] = False  # whether that array is the input's gradient
    infers: ClassVar[bool] = True  # whether inference computes the same as training
    keeps_workspace: ClassVar[bool] = False  # whether it holds prepared weights from pass to pass at inference

    def takes(self, inputs: tuple[Shape, ...], output: Shape, options: Mapping[str, Any]) -> bool:
        """Whether it computes a layer with these options on samples of these logical shapes; else the table's functions do."""
        return True

    def saved(self, context: LayerContext) -> dict[str, tuple[Shape, Any]]:
        """Return the arrays that the forward saves for the backward: name -> (shape, dtype)."""
        return {}

    def workspace(self, context: LayerContext) -> int:
        """Return the bytes that a call needs while it runs."""
        return 0

    def forward(self, context: LayerContext, arrays: Arrays) -> list[Call]:
        """Return the calls of the training forward."""
        raise NotImplementedError

    def cheap_to_recompute(self, context: LayerContext) -> bool:
        """Whether computing the output again costs little more than writing it."""
        return False

    def recompute(self, context: LayerContext, arrays: Arrays) -> list[Call]:
        """Return the calls that compute the output again after the training forward."""
        return self.forward(context, arrays)

    def prepare(self, context: LayerContext, arrays: Arrays) -> list[Call]:
        """Return the calls that prepare what inference reads; they run whenever parameters have changed."""
        return []

    def infer(self, context: LayerContext, arrays: Arrays) -> list[Call]:
        """Return the calls of the forward at inference."""
        return self.forward(context, arrays)

    def backward(self, context: LayerContext, arrays: Arrays, gradients: GradientArrays) -> list[Call]:
        """Return the calls of the backward."""
        raise NotImplementedError


def through_relu(context: LayerContext, arrays: Arrays, gradients: GradientArrays) -> tuple[Array, list[Call]]:
    """Return the gradient before a fused ReLU, and the call that computes it, if there is one."""
    if not context.relu:
        return gradients.output, []
    call = native().bound.relu_backward(None, gradients.output, arrays.output, gradients.private, context.threads)
    return gradients.private, [call]
