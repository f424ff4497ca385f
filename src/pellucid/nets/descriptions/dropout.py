"""The descriptions of inverted and of vanilla dropout."""

from dataclasses import dataclass
from typing import ClassVar

from pellucid.nets.descriptions.description import Description, Lowered, Shape
from pellucid.shapes import check_number

__all__ = ["Dropout", "VanillaDropout"]


@dataclass(frozen=True)
class Dropout(Description):
    """Inverted dropout: each entry kept with probability `keep` in training, nothing dropped at inference."""

    keep: float
    prefix: ClassVar[str] = "dropout"
    kind: ClassVar[str] = "dropout"

    def __post_init__(self) -> None:
        super().__post_init__()
        check_number(type(self).__name__, "keep", self.keep, above=0, most=1)

    def lowered(self, shape: Shape) -> Lowered:
        return Lowered(self.kind, shape, {"keep": self.keep}, {}, {}, 0)


@dataclass(frozen=True)
class VanillaDropout(Dropout):
    """Vanilla dropout: unscaled in training, multiplied by `keep` at inference."""

    kind: ClassVar[str] = "vanilla_dropout"
