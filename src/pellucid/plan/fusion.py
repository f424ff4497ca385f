"""Fusion: operations that one kernel computes together become one group. Pure rewriting, no arrays."""

import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from pellucid.nets import Operation, Program

__all__ = ["Group", "fused"]

CEILINGS = {"relu": math.inf, "relu6": 6.0}  # of the activations that are fused


@dataclass(frozen=True)
class Group:
    """Operations computed by one kernel: one, and perhaps a ReLU or ReLU6 behind it."""

    operations: tuple[Operation, ...]

    @property
    def first(self) -> Operation:
        """The one whose inputs and parameters the group reads."""
        return self.operations[0]

    @property
    def last(self) -> Operation:
        """The one whose output the group writes."""
        return self.operations[-1]

    @property
    def relu(self) -> bool:
        """Whether a ReLU or ReLU6 is fused behind."""
        return len(self.operations) > 1 and self.last.kind in CEILINGS

    @property
    def ceiling(self) -> float:
        """The largest number that the fused ReLU lets through."""
        return CEILINGS[self.last.kind] if self.relu else math.inf

    @property
    def norm(self) -> Operation | None:
        """The batch norm whose scale and shift go into the weights before it (inference)."""
        folded = [operation for operation in self.operations[1:] if operation.state]
        return folded[0] if folded else None

    @property
    def name(self) -> str:
        """Such as "conv1+relu1"."""
        return "+".join(operation.name for operation in self.operations)

    @property
    def kind(self) -> str:
        """Such as "conv_relu"."""
        kinds = [self.first.kind] + (["norm"] if self.norm else []) + ([self.last.kind] if self.relu else [])
        return "_".join(kinds)


def fused(program: Program, *, fusible: Callable[[Operation], bool], inference: bool = False) -> tuple[Group, ...]:
    """Group each ReLU with the operation before it where both are `fusible` and nobody else reads what that one writes.

    At inference a batch norm joins the affine or convolution before it. Training leaves out what the loss does not depend on.
    """
    operations, outputs = (program.operations, program.outputs) if inference else (program.trained, ())
    readers = Counter(value for operation in operations for value in operation.inputs) + Counter(outputs)
    groups: list[Group] = []
    for operation in operations:
        before = groups[-1] if groups else None
        if (
            before is not None
            and operation.inputs == (before.last.output,)
            and readers[before.last.output] == 1
            and fusible(before.first)
            and not before.relu
            and _joins(before, operation, fusible, inference)
        ):
            groups[-1] = Group((*before.operations, operation))
        else:
            groups.append(Group((operation,)))
    return tuple(groups)


def _joins(before: Group, operation: Operation, fusible: Callable[[Operation], bool], inference: bool) -> bool:
    if operation.kind in CEILINGS:
        layer = before.first.layer
        fuses = layer.fuses_relu if operation.kind == "relu" else layer.fuses_relu6
        in_a_norm = inference and bool(before.first.state)  # which is then not computed by a kernel
        return fusible(operation) and fuses and not in_a_norm
    return inference and before.first.kind in operation.layer.folds_into and before.norm is None
