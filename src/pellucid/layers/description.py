"""Layer descriptions: what a user writes to make a network. Plain data, no arrays.

A description knows how it is lowered: `description.lowered(shape)` takes the shape of one sample that comes in, and returns which
layer computes it, with which options and parameters, and the shape that goes out. Each stands in the file of its layer.

A description that is called on values, `y = Conv(8, 3)(x)`, makes a `Node`: another value, of a network that is a graph.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from itertools import count
from types import MappingProxyType
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np

from pellucid.habits import Habits, KnownKeywords
from pellucid.layers.kind import LayerKind
from pellucid.shapes import Array, ShapeError, check_number

__all__ = [
    "DESCRIPTIONS",
    "LATER",
    "Description",
    "Init",
    "Lowered",
    "Node",
    "Parameter",
    "Shape",
    "check_init",
    "check_over",
    "image_sizes",
]

Shape = tuple[int, ...]
Init = str | float | None  # "he", "xavier", or a standard deviation; None: the network's choice
INFERRED = "leave it out: sizes of inputs follow from the layer before"
NOTHING: Mapping[str, Any] = MappingProxyType({})
# Of a setting that came to a layer later: at its default a file leaves it out, so that documents stay as they were.
LATER: Mapping[str, Any] = MappingProxyType({"later": True})
CREATED = count()  # numbers nodes in the order in which they are made, which is an order in which they can be computed


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


@dataclass(frozen=True, eq=False)
class Node:
    """A value of a network that is being put together: an input, or what a layer makes of other values."""

    shape: Shape  # of one sample
    layer: "Description | None" = None  # None: an input
    inputs: tuple["Node", ...] = ()
    name: str = ""  # of an input, in messages
    number: int = field(default_factory=CREATED.__next__)

    def __repr__(self) -> str:
        return f"Input({self.shape})" if self.layer is None else f"the output {self.shape} of {self.layer}"


HABITS = {  # settings of others' layers, and what to write here
    **dict.fromkeys(("units", "out_features"), "write Affine(out)"),
    **dict.fromkeys(
        ("in_features", "in_channels", "input_dim", "num_features", "normalized_shape", "num_channels"), INFERRED
    ),
    **dict.fromkeys(("input_shape", "batch_input_shape"), "write Network([...], input_shape)"),
    "out_channels": "write Conv(filters, kernel)",
    "kernel_size": "write kernel=..., and size=... of a pool",
    "pool_size": "write size=...",
    "padding": "write pad=1, the rows of zeros on each side",
    "strides": "write stride=...",
    "activation": "write a layer of its own after it, such as ReLU()",
    "use_bias": "leave it out: there is always a bias",
    "bias": "leave it out: there is always a bias",
    **dict.fromkeys(("p", "rate"), "write keep=1 - p, the probability of keeping an entry"),
    "momentum": "write decay=..., which is 1 - momentum of PyTorch and the momentum of Keras",
    "epsilon": "write eps=...",
    "kernel_initializer": "write init='he', 'xavier' or a standard deviation",
    "negative_slope": "write slope=...",
    "num_groups": "write groups=...",
    "inplace": "leave it out: layers never change their inputs",
}


@dataclass(frozen=True)
class Description(KnownKeywords):
    """What every layer description has. A subclass is a frozen dataclass; saved networks name it by its class."""

    _habits: ClassVar[Habits] = HABITS
    _hint_at_values: ClassVar[str] = "; sizes of inputs follow from the layer before"
    prefix: ClassVar[str] = (
        ""  # of the layer's name: "conv" makes conv1, conv2, ...; inherited, or else the class's name
    )
    takes_several: ClassVar[bool] = False  # whether it may be called on several values: y = Concat()(a, b)

    def __new__(cls, *values: Any, **settings: Any) -> Self:
        """Refuse a size of the input, which other libraries want, where a small number stands here. Raises ShapeError."""
        for setting, value in zip(fields(cls), values, strict=False):
            if setting.name in ("eps", "init") and type(value) is int and value >= 1:
                first = ", ".join(map(repr, values[: values.index(value)]))
                raise ShapeError(
                    f"{cls.__name__}: {value} stands for {setting.name} here, which is too large; sizes of inputs follow from "
                    f"the layer before: write {cls.__name__}({first}) (or {setting.name}={value}, if you mean it)"
                )
        return super().__new__(cls, *values, **settings)

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
        """Return what this layer is for an input sample of this shape. Raises ShapeError where it does not fit.

        A layer that takes several values has `lowered(self, *shapes)`.
        """
        raise ShapeError(
            f"{type(self).__name__}: a layer needs a method lowered(self, shape) that returns Lowered(...)"
        )

    def shape_after(self, *shapes: Shape) -> Shape:
        """Return the shape of one sample that goes out. Raises ShapeError where the layer does not fit its input."""
        return self.lowered(*shapes).shape

    def __call__(self, *nodes: Node) -> Node:
        """Return the value that this layer makes of others, in a network that is a graph.

        A layer that is called twice computes with the same parameters. Raises ShapeError where it does not fit.
        """
        who = type(self).__name__
        for node in nodes:
            if not isinstance(node, Node):
                raise ShapeError(
                    f"{who}: a layer is called on nodes, such as Input((3, 32, 32)); got {type(node).__name__}. "
                    "Arrays go into a Network"
                )
        if len(nodes) != 1 and not self.takes_several:
            raise ShapeError(f"{who}: it takes one value; got {len(nodes)} (Add() and Concat() join several)")
        return Node(self.shape_after(*(node.shape for node in nodes)), self, nodes)


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


def check_over(who: str, over: Any) -> None:
    """Refuse anything else than the whole sample, or its last axis."""
    if not isinstance(over, str) or over not in ("sample", "last"):
        raise ShapeError(
            f"{who}: over must be 'sample', everything that comes in, or 'last', its last axis; got {over!r}"
        )


def image_sizes(who: str, shape: Shape) -> tuple[int, int, int]:
    """Return (C, H, W), or raise ShapeError where a sample is not an image."""
    if len(shape) != 3:
        raise ShapeError(f"{who}: its input must be an image (C, H, W); got {shape}")
    return shape[0], shape[1], shape[2]
