"""The descriptions of activations: one number in, one out."""

from dataclasses import dataclass
from typing import ClassVar

from pellucid.nets.descriptions.description import Description, Lowered, Shape
from pellucid.shapes import check_number

__all__ = ["GELU", "LeakyReLU", "ReLU", "Sigmoid", "Tanh"]


@dataclass(frozen=True)
class _Elementwise(Description):
    """One number in, one out."""

    kind: ClassVar[str] = ""

    def lowered(self, shape: Shape) -> Lowered:
        return Lowered(self.kind, shape, {}, {}, {}, 0)


@dataclass(frozen=True)
class ReLU(_Elementwise):
    """max(0, x)."""

    prefix: ClassVar[str] = "relu"
    kind: ClassVar[str] = "relu"


@dataclass(frozen=True)
class Sigmoid(_Elementwise):
    """1 / (1 + exp(-x))."""

    prefix: ClassVar[str] = "sigmoid"
    kind: ClassVar[str] = "sigmoid"


@dataclass(frozen=True)
class Tanh(_Elementwise):
    """The hyperbolic tangent."""

    prefix: ClassVar[str] = "tanh"
    kind: ClassVar[str] = "tanh"


@dataclass(frozen=True)
class GELU(_Elementwise):
    """x times the share of a standard normal below x."""

    prefix: ClassVar[str] = "gelu"
    kind: ClassVar[str] = "gelu"


@dataclass(frozen=True)
class LeakyReLU(Description):
    """x where positive, slope * x elsewhere."""

    slope: float = 0.01
    prefix: ClassVar[str] = "leakyrelu"

    def __post_init__(self) -> None:
        super().__post_init__()
        check_number("LeakyReLU", "slope", self.slope)

    def lowered(self, shape: Shape) -> Lowered:
        return Lowered("leaky_relu", shape, {"slope": self.slope}, {}, {}, 0)
