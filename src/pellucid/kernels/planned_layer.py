"""What a native layer of a plan is: where it stands, the arrays it is given, and the calls it makes of them."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, NamedTuple

import numpy as np

from pellucid.shapes import Array

__all__ = ["Arrays", "Call", "Gradients", "Layer", "Shape", "Site"]

Call = Callable[[int], Any]  # works on the first so many samples
Shape = tuple[int, ...]


class Site(NamedTuple):
    """Where a layer stands in a plan. Shapes are those of one sample as it lies in memory: (H, W, C) or (D,)."""

    samples: int
    inputs: tuple[Shape, ...]
    output: Shape
    params: tuple[Shape, ...]  # as they lie: (R, S, C, F) for a convolution
    options: Mapping[str, Any]  # of the layer's forward
    relu: bool  # whether a ReLU is fused behind it
    pixels: int  # of an affine behind the flattening of channels-last images; else 1
    dtype: "np.dtype[Any]"
    threads: int
    algorithm: str | None  # of a convolution: "direct", "winograd", or None for what its shape suggests
    key: tuple[int, int]  # of a dropout's mask: the network's seed and the operation's number


class Arrays(NamedTuple):
    """What a forward reads and writes: samples first."""

    inputs: tuple[Array, ...]
    params: tuple[Array, ...]
    output: Array
    saved: Mapping[str, Array]
    statistics: tuple[Array, ...]  # the batch's mean and variance, of a layer with running statistics
    workspace: Array | None  # bytes
    step: Array  # (1,) uint64: the training step, rewritten before each; the rest of a dropout's key


class Gradients(NamedTuple):
    """What a backward reads and writes besides."""

    output: Array  # dout
    private: Array  # like dout, free to be written: dout itself where nobody else reads it
    inputs: tuple[Array | None, ...]  # None: nobody needs it
    params: tuple[Array, ...]


class Layer:
    """One kind of layer. The defaults are those of a layer that keeps nothing."""

    reads_input: ClassVar[bool] = False  # whether the backward reads what came in
    reads_output: ClassVar[bool] = False  # whether the backward reads what went out (with a fused ReLU it always does)
    needs_private: ClassVar[bool] = False  # whether the backward writes into an array like dout
    gradient_is_private: ClassVar[bool] = False  # whether that array is the input's gradient
    infers: ClassVar[bool] = True  # whether inference computes what training does
    keeps_workspace: ClassVar[bool] = False  # whether, at inference, prepared weights stay in it from pass to pass

    def saved(self, site: Site) -> dict[str, tuple[Shape, Any]]:
        """Return the arrays kept from forward to backward: name -> (shape, dtype)."""
        return {}

    def workspace(self, site: Site) -> int:
        """Return the bytes that a call needs while it runs."""
        return 0

    def forward(self, site: Site, arrays: Arrays) -> list[Call]:
        """Return the calls of the training forward."""
        raise NotImplementedError

    def recomputes(self, site: Site) -> bool:
        """Whether computing the output again costs little more than writing it."""
        return False

    def again(self, site: Site, arrays: Arrays) -> list[Call]:
        """Return the calls that compute the output again after the training forward."""
        return self.forward(site, arrays)

    def prepare(self, site: Site, arrays: Arrays) -> list[Call]:
        """Return the calls that make ready what inference reads, whenever parameters have changed."""
        return []

    def infer(self, site: Site, arrays: Arrays) -> list[Call]:
        """Return the calls of the forward at inference."""
        return self.forward(site, arrays)

    def backward(self, site: Site, arrays: Arrays, gradients: Gradients) -> list[Call]:
        """Return the calls of the backward."""
        raise NotImplementedError
