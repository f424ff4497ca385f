"""A layer at one input shape: what every check works on."""

from typing import Any

import numpy as np
import numpy.typing as npt

from pellucid.layers import Description, LayerKind, Lowered
from pellucid.nets import Affine, Flatten, Network
from pellucid.nets.initialise import first_value
from pellucid.shapes import Array

__all__ = ["KEY", "Broken", "Skipped", "Subject"]

KEY = (7, 0, 3)  # of a layer that draws random numbers
ROWS = 3


class Broken(Exception):
    """A check found that the contract is not kept; the message says what, in one line."""


class Skipped(Exception):
    """A check does not apply; the message says why."""


class Subject:
    """A layer description, lowered for one input shape."""

    def __init__(
        self, description: Description, shape: tuple[int, ...], lowered: Lowered, generator: np.random.Generator
    ) -> None:
        self.description, self.shape, self.generator = description, shape, generator
        self.lowered = lowered
        self.layer: LayerKind = lowered.layer
        self.params = [
            first_value(parameter, "he", seed=0, number=number) + 0.1 * generator.standard_normal(parameter.shape)
            for number, parameter in enumerate(self.lowered.params.values())
        ]
        self.x = generator.standard_normal((ROWS, *shape))

    @property
    def options(self) -> dict[str, Any]:
        """The keyword arguments of the training forward."""
        return {**self.lowered.options, **({"key": KEY} if self.layer.takes_key else {})}

    def arrays(self, dtype: npt.DTypeLike, rows: int = ROWS) -> list[Array]:
        """Return x (rows, *shape) and the parameters, as arrays of their own that cannot be written."""
        made = [np.array(array, dtype=dtype) for array in (self.x[:rows], *self.params)]
        for array in made:
            array.flags.writeable = False
        return made

    def network(self, dtype: npt.DTypeLike = np.float32) -> Network:
        """Return a small classifier with the layer in it, its parameters away from their first values."""
        net = Network([self.description, Flatten(), Affine(2)], self.shape, dtype=dtype)
        for name, value in zip(net.program.operations[0].params, self.params, strict=True):
            net.params[name] = value
        return net

    def broken(self, what: str) -> Broken:
        """Return the finding, with the input it was made on."""
        return Broken(f"input {self.shape}: {what}")


def kind_of(value: Any) -> str:
    """Return dtype and shape in words, or the type of what is not an array."""
    return f"{value.dtype} {value.shape}" if isinstance(value, np.ndarray) else type(value).__name__


def difference(found: Array, expected: Array) -> float:
    """Return the largest difference as a share of the largest expected value (at least 1)."""
    return float(np.abs(found - expected).max(initial=0) / max(1.0, float(np.abs(expected).max(initial=0))))
