"""Layer descriptions: what a user writes to make a network. Plain data, no arrays.

A description knows how it is lowered: `description.lowered(shape)` takes the shape of one sample that comes in, and returns which
layer computes it, with which options and parameters, and the shape that goes out. Each stands in the file of its layer.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Any, ClassVar, NamedTuple

import numpy as np

from pellucid.layers.kind import LayerKind
from pellucid.shapes import Array, ShapeError, check_number

__all__ = ["DESCRIPTIONS", "Description", "Init", "Lowered", "Parameter", "Shape", "check_init", "image_sizes"]

Shape = tuple[int, ...]
Init = str | float | None  # "he", "xavier", or a standard deviation; None: the network's choice
NOTHING: Mapping[str, Any] = MappingProxyType({})


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

    layer: LayerKind  # what computes it
    shape: Shape  # of one sample that goes out
    options: Mapping[str, Any] = NOTHING  # keyword arguments of the forward
    params: Mapping[str, Parameter] = NOTHING  # in the order of the forward's arguments
    state: Mapping[str, Parameter] = NOTHING
    multiply_adds: int = 0  # for one sample

    @property
    def kind(self) -> str:
        """The name of the layer that computes it."""
        return self.layer.name


@dataclass(frozen=True)
class Description:
    """What every layer description has. A subclass is a frozen dataclass; saved networks name it by its class."""

    prefix: ClassVar[str] = (
        ""  # of the layer's name: "conv" makes conv1, conv2, ...; inherited, or else the class's name
    )

    def __init_subclass__(cls, *, abstract: bool = False) -> None:
        super().__init_subclass__()
        if abstract:
            return
        if not cls.prefix:
            cls.prefix = cls.__name__.lower()
        if _is_of_library(cls) or not _is_of_library(DESCRIPTIONS.get(cls.__name__)):
            DESCRIPTIONS[cls.__name__] = cls  # a class from outside never takes the name of one of the library

    def __post_init__(self) -> None:
        """Turn NumPy numbers into Python's, so that settings can be written to a file."""
        for setting in fields(self):
            value = getattr(self, setting.name)
            if isinstance(value, np.generic):
                object.__setattr__(self, setting.name, value.item())

    def lowered(self, shape: Shape) -> Lowered:
        """Return what this layer is for an input sample of this shape. Raises ShapeError where it does not fit."""
        raise ShapeError(
            f"{type(self).__name__}: a layer needs a method lowered(self, shape) that returns Lowered(...)"
        )


def _is_of_library(description: type | None) -> bool:
    return description is not None and description.__module__.startswith("pellucid.")


DESCRIPTIONS: dict[str, type[Description]] = {}  # by the name of the class, which is how files name them


def check_init(who: str, init: Any) -> None:
    """Refuse an initialisation other than None, 'he', 'xavier' or a standard deviation."""
    if init is None or (isinstance(init, str) and init in ("he", "xavier")):
        return
    try:
        check_number(who, "init", init, minimum=0)
    except ShapeError:
        raise ShapeError(f"{who}: init must be 'he', 'xavier' or a standard deviation; got {init!r}") from None


def image_sizes(who: str, shape: Shape) -> tuple[int, int, int]:
    """Return (C, H, W), or raise ShapeError where a sample is not an image."""
    if len(shape) != 3:
        raise ShapeError(f"{who}: its input must be an image (C, H, W); got {shape}")
    return shape[0], shape[1], shape[2]
