"""The description of the step from an image to a row of numbers."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from pellucid.nets.descriptions.description import Description, Lowered, Shape

__all__ = ["Flatten"]


@dataclass(frozen=True)
class Flatten(Description):
    """An image becomes a row of numbers."""

    prefix: ClassVar[str] = "flatten"

    def lowered(self, shape: Shape) -> Lowered:
        return Lowered("flatten", (int(np.prod(shape)),), {}, {}, {}, 0)
