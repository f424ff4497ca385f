"""The description of a layer made of a user's own functions."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from pellucid.layers import Description, LayerKind, Lowered, Pair, Parameter
from pellucid.layers.description import Shape
from pellucid.shapes import Array, ShapeError

__all__ = ["Function"]


@dataclass(frozen=True, eq=False)
class Function(Description):
    """A layer of a user's own pair: forward(x, *params) -> (out, cache), backward(dout, cache) -> (dx, *dparams).

    `params` names its arrays with their first values; those of two axes or more are weights, which regularisation reaches.
    `output_shape` is that of one sample: a tuple, a function of the input's, or None where it is the input's. In a graph it may
    be called on several values: forward(x1, x2, *params), backward -> (dx1, dx2, *dparams), output_shape(shape1, shape2).
    """

    forward: Callable[..., tuple[Array, Any]]
    backward: Callable[..., Any]
    params: Mapping[str, Array] = field(default_factory=dict)
    output_shape: Shape | Callable[..., Shape] | None = None
    name: str = "function"
    takes_several = True

    def lowered(self, *shapes: Shape) -> Lowered:
        out = self.output_shape(*shapes) if callable(self.output_shape) else self.output_shape
        params = {}
        for name, value in self.params.items():
            array = np.asarray(value)
            if array.dtype.kind not in "fiu":
                raise ShapeError(f"Function: the parameter {name} must be an array of numbers; got {array.dtype}")
            params[name] = Parameter(array.shape, array, decays=array.ndim >= 2)
        if out is not None and not isinstance(out, (tuple, list)):
            raise ShapeError(f"Function: output_shape must be the sizes of one sample, such as (10,); got {out!r}")
        going_out = shapes[0] if out is None else tuple(out)
        return Lowered(LayerKind("function", Pair(self.forward, self.backward)), going_out, params=params)
