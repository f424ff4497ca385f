"""What a training step computes again in the backward instead of keeping it from the forward.

A batch norm's backward reads the norm's input, so the input is kept; its output, which the next layer's backward reads, costs one
pass over it. Such outputs are most of what a convolutional network keeps. (Chen et al. 2016, "Training deep nets with sublinear
memory cost", for the general idea.)
"""

import math
from collections.abc import Collection, Sequence

from pellucid.plan.arena import Buffer
from pellucid.plan.steps import Copy, ForwardStep, NativeForward

__all__ = ["read_by_backward", "recomputable"]

MINIMUM_BYTES = 1 << 20  # smaller arrays save too little to notice
MAXIMUM_STEPS = 2  # for one output, so that a long chain of sums is not computed again link by link


def recomputable(forward: Sequence[ForwardStep], differentiated: Collection[str]) -> dict[Buffer, NativeForward]:
    """Return the buffers that need not live from the forward to the backward, and the steps that compute them again.

    differentiated: the names of the groups that have a backward.
    """
    last_reader: dict[Buffer, int] = {}  # the forward's number of the step whose backward is the last to read a buffer
    for number in reversed(range(len(forward))):
        if forward[number].name in differentiated:
            last_reader |= dict.fromkeys(read_by_backward(forward[number]), number)
    steps_needed: dict[Buffer, int] = {}

    def cost(buffer: Buffer, number: int) -> float:
        """How many steps it takes to have a buffer when a step is computed again; infinite where it is gone by then."""
        return steps_needed.get(buffer, 0 if last_reader.get(buffer, math.inf) <= number else math.inf)

    found: dict[Buffer, NativeForward] = {}
    for number, step in enumerate(forward):
        buffer = step.output.buffer
        if not isinstance(step, NativeForward) or buffer.bytes < MINIMUM_BYTES:
            continue
        if step.layer.planned.cheap_to_recompute(step.layer.context):
            steps = 1 + max(cost(value.buffer, number) for value in step.inputs)
            if steps <= MAXIMUM_STEPS:
                steps_needed[buffer], found[buffer] = int(steps), step
    return found


def read_by_backward(step: ForwardStep) -> list[Buffer]:
    """Return the forward's buffers that the backward of a step reads."""
    inputs, output = [value.buffer for value in step.inputs], step.output.buffer
    match step:
        case Copy():
            return []
        case NativeForward():
            planned = step.layer.planned
            reads_output = planned.reads_output or (step.group.relu and not planned.gradient_is_private)
            return inputs * planned.reads_input + [output] * reads_output
        case _:  # an opaque layer's cache may hold views of its input and output
            return [*inputs, output]
