"""What a training step computes again in the backward instead of keeping it since the forward.

A batch norm's backward reads the norm's input, so the input is kept; its output, which the next layer's backward reads, costs one
pass over it. Such outputs are most of what a convolutional network keeps. (Chen et al. 2016, "Training deep nets with sublinear
memory cost", for the general idea.)
"""

import math
from collections.abc import Collection, Mapping, Sequence

from pellucid.kernels import Layer
from pellucid.plan.arena import Buffer
from pellucid.plan.steps import Step

__all__ = ["recomputed"]

WORTH_IT = 1 << 20  # bytes; smaller arrays save nothing that anyone would notice
MOST_STEPS = 2  # that one output may need, so that a long chain of sums is not computed again link by link


def recomputed(forward: Sequence[Step], planned: Mapping[str, Layer], differentiated: Collection[str]) -> set[Buffer]:
    """Return the buffers that need not live from the forward to the backward. differentiated: names of groups with a backward."""
    place = {step.name: i for i, step in enumerate(forward)}
    reader: dict[Buffer, int] = {}  # the last step of the backward that reads a buffer, as its place in the forward
    for step in reversed(forward):
        if step.name in differentiated:
            reader |= dict.fromkeys(read_again(step, planned), place[step.name])
    steps_for: dict[Buffer, int] = {}

    def cost(buffer: Buffer, reading: int) -> float:
        """How many steps it takes to have a buffer again when a step's output is computed again; infinite: it is not there."""
        return steps_for.get(buffer, 0 if reader.get(buffer, math.inf) <= reading else math.inf)

    for i, step in enumerate(forward):
        if step.output is None or step.output.buffer.bytes < WORTH_IT or not step.native:
            continue
        assert step.group is not None
        assert step.site is not None
        if planned[step.group.first.kind].recomputes(step.site):
            steps = 1 + max(cost(value.buffer, i) for value in step.inputs)
            if steps <= MOST_STEPS:
                steps_for[step.output.buffer] = int(steps)
    return set(steps_for)


def read_again(step: Step, planned: Mapping[str, Layer]) -> list[Buffer]:
    """Return the forward's buffers that the backward of a step reads."""
    assert step.group is not None
    assert step.output is not None
    if step.kind == "copy":
        return []
    inputs, output = [value.buffer for value in step.inputs], step.output.buffer
    if not step.native:  # what an opaque layer keeps may be views of what came in and went out
        return [*inputs, output]
    layer = planned[step.group.first.kind]
    reads_output = layer.reads_output or (step.group.relu and not layer.gradient_is_private)
    return inputs * layer.reads_input + [output] * reads_output
