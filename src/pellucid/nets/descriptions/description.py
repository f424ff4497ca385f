"""What every layer description has, and what it is lowered to: which layer of the table, with which parameters."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, ClassVar, NamedTuple

import numpy as np

from pellucid.layers import Pair
from pellucid.shapes import Array, ShapeError, check_number

__all__ = ["Description", "Init", "Lowered", "Parameter", "Shape", "check_init", "image_sizes"]

Shape = tuple[int, ...]
Init = str | float | None  # "he", "xavier", or a standard deviation; None: the network's choice


class Parameter(NamedTuple):
    """One array that a layer learns, or keeps as state."""

    shape: Shape
    start: Array | float | None = None  # the first value; None: drawn by `init` from the fans
    memory: tuple[int, ...] | None = None  # order of the axes in memory, slowest first
    fan_in: int = 0
    fan_out: int = 0
    init: Init = None
    decays: bool = False  # whether L2 regularisation and weight decay apply


class Lowered(NamedTuple):
    """A description made definite by the shape of its input."""

    kind: str  # the layer of the table, or "function"
    shape: Shape  # of one sample that goes out
    options: Mapping[str, Any]  # keyword arguments of the forward
    params: Mapping[str, Parameter]  # in the order of the forward's arguments
    state: Mapping[str, Parameter]
    multiply_adds: int  # for one sample
    pair: Pair | None = None  # of a "function"


@dataclass(frozen=True)
class Description:
    """What every layer description has."""

    prefix: ClassVar[str] = ""  # of the layer's name: "conv" makes conv1, conv2, ...

    def __post_init__(self) -> None:
        """Turn NumPy numbers into Python's, so that settings can be written to a file."""
        for setting in fields(self):
            value = getattr(self, setting.name)
            if isinstance(value, np.generic):
                object.__setattr__(self, setting.name, value.item())

    def lowered(self, shape: Shape) -> Lowered:
        """Return what this layer is for an input sample of this shape."""
        raise ShapeError(f"{type(self).__name__}: it is not a layer by itself; use one such as Affine(10)")


def check_init(who: str, init: Any) -> None:
    """Refuse an initialisation other than None, 'he', 'xavier' or a standard deviation."""
    if init is None or (isinstance(init, str) and init in ("he", "xavier")):
        return
    try:
        check_number(who, "init", init, least=0)
    except ShapeError:
        raise ShapeError(f"{who}: init must be 'he', 'xavier' or a standard deviation; it is {init!r}") from None


def image_sizes(who: str, shape: Shape) -> tuple[int, int, int]:
    """Return (C, H, W), or raise ShapeError where a sample is no image."""
    if len(shape) != 3:
        raise ShapeError(f"{who}: its input must be an image (C, H, W); it is {shape}")
    return shape[0], shape[1], shape[2]
