"""A node with the values that it reads, and the values known so far."""

from collections.abc import Sequence
from dataclasses import dataclass

from pellucid.interop.assembly import Assembly, Filled
from pellucid.interop.onnx_graph import OnnxNode
from pellucid.interop.values import ReadValue, Values
from pellucid.nets import Description, GroupNorm, InstanceNorm, LayerNorm, Operation, RMSNorm, Transpose
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


class OnnxValues(Values):
    """The values known so far, by name."""

    def __init__(self, assembly: Assembly) -> None:
        super().__init__(assembly)
        self.known: dict[str, ReadValue] = {}
        self.stacks: dict[str, list[ReadValue]] = {}  # values that stand in front of each other, (K, N, ...)

    def unlearned(self, layer: Description, value: ReadValue) -> ReadValue:
        """Return what a layer makes whose arrays keep their first values, unless factors and shifts follow it."""
        arrays: dict[str, Filled] = {}

        def filled(operation: Operation) -> dict[str, Filled]:
            names = {name: name.removeprefix(f"{operation.home}.") for name in operation.params}
            return {name: arrays.get(own, Filled(None, learns=False)) for name, own in names.items()}

        node = self.assembly.call(layer, [self.node(value)], filled)
        if isinstance(layer, GroupNorm | InstanceNorm | LayerNorm | RMSNorm):
            self.unscaled[node] = arrays
        return ReadValue(node, node.shape)

    def over_channels(self, layer: Description, value: ReadValue) -> ReadValue:
        """Return what a norm of the last axis makes of the channels, which are moved there and back."""
        rank = len(value.shape)
        made = self.unlearned(layer, self.transposed(value, (*range(1, rank), 0)))
        back = self.layer(Transpose((rank - 1, *range(rank - 1))), made)
        self.unscaled[back.node] = self.unscaled.pop(made.node)
        return back
