"""A node with the values that it reads, and the values known so far."""

from collections.abc import Sequence
from dataclasses import dataclass

from pellucid.interop.assembly import Assembly
from pellucid.interop.norming import NormedValues
from pellucid.interop.onnx_graph import OnnxNode
from pellucid.interop.values import ReadValue
from pellucid.shapes import Array

__all__ = ["IMAGE", "OnnxValues", "PlacedNode"]

IMAGE = 3  # axes of a sample


@dataclass(frozen=True)
class PlacedNode:
    """A node with what it reads, and the shape that it makes."""

    node: OnnxNode
    inputs: Sequence[ReadValue | None]  # by place; None for a constant
    before: tuple[int, ...]  # (N, ...) of the first value that is not constant
    shape: tuple[int, ...]  # (N, ...) of its output

    @property
    def value(self) -> ReadValue:
        """The first value that is not constant."""
        return next(value for value in self.inputs if value is not None)

    def constant(self, place: int) -> Array | None:
        """Return the constant at a place; None where there is a value, or nothing."""
        return self.node.array(place)


class OnnxValues(NormedValues):
    """The values known so far, by name."""

    def __init__(self, assembly: Assembly) -> None:
        super().__init__(assembly)
        self.known: dict[str, ReadValue] = {}
        self.stacks: dict[str, list[ReadValue]] = {}  # values that stand in front of each other, (K, N, ...)
