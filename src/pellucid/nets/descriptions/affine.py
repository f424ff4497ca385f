"""The description of a fully connected layer."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from pellucid.nets.descriptions.description import Description, Init, Lowered, Parameter, Shape, check_init
from pellucid.shapes import check_whole

__all__ = ["Affine"]


@dataclass(frozen=True)
class Affine(Description):
    """Fully connected: `out` weighted sums of everything that comes in."""

    out: int
    init: Init = None
    prefix: ClassVar[str] = "affine"

    def __post_init__(self) -> None:
        super().__post_init__()
        check_whole("Affine", "out", self.out)
        check_init("Affine", self.init)

    def lowered(self, shape: Shape) -> Lowered:
        features = int(np.prod(shape))
        weight = Parameter((features, self.out), fan_in=features, fan_out=self.out, init=self.init, decays=True)
        params = {"weight": weight, "bias": Parameter((self.out,), 0.0)}
        return Lowered("affine", (self.out,), {}, params, {}, features * self.out)
