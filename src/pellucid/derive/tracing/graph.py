"""A traced function: the recorded computation, the backward pass derived from it, and the gradients it gives."""

import numpy as np

from pellucid.derive.tracing.backward import Contribution, backward_steps
from pellucid.derive.tracing.computation import Computation
from pellucid.derive.tracing.python_code import backward_source, run
from pellucid.shapes import Array, ShapeError

__all__ = ["Graph"]


class Graph(Computation):
    """What `trace` returns."""

    def backward(self) -> tuple[Contribution, ...]:
        """Derive the backward pass: every contribution of a gradient, in the order in which they are computed."""
        return backward_steps(self)

    def python(self, name: str = "backward") -> str:
        """Return a plain function `name(dout, *inputs)` that returns the gradients of the inputs."""
        return backward_source(self, name)

    def gradients(self, dout: Array | float | None = None) -> tuple[Array | None, ...]:
        """Run the derived backward pass; return the gradient of each input (None where none flows).

        dout has the shape of the output. Where the output is a single number, dout may be omitted and is then 1.
        """
        return run(self, self.checked_upstream(dout))

    def checked_upstream(self, dout: Array | float | None) -> Array:
        """Return dout as an array of the output's shape and dtype, or raise ShapeError."""
        shape, dtype = self.out.shape, self.out.value.dtype
        if dout is None:
            if shape != ():
                raise ShapeError(
                    f"gradients: dout of shape {shape} is required; it may be omitted only where the output is one number"
                )
            return np.ones((), dtype)
        upstream = np.asarray(dout, dtype=dtype)
        if upstream.shape != shape:
            raise ShapeError(f"gradients: dout must have the shape of the output, {shape}; got {upstream.shape}")
        return upstream
