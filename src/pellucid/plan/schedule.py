"""The schedule: a network's operations, fused, as the list of steps of one pass, with every buffer's life. No memory yet.

Forward runs down the groups, backward up. Where a value was read twice, its gradients are added by a step of their own. A
residual's sum hands its gradient to both branches as one buffer; nobody may then write over it, which `users` counts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from pellucid.layers import Layers
from pellucid.nets import Network
from pellucid.plan.arena import Buffer
from pellucid.plan.forward import Forward
from pellucid.plan.fusion import Group
from pellucid.plan.recompute import read_again, recomputed
from pellucid.plan.steps import Schedule, Step, Value

__all__ = ["schedule"]


def schedule(
    net: Network,
    samples: int,
    *,
    layers: Layers,
    training: bool,
    input_gradient: bool,
    threads: int,
    algorithms: Mapping[str, str],
    recompute: bool = False,
) -> Schedule:
    """Return the schedule of a network for a batch of so many samples; recompute: see `plan/recompute.py`."""
    builder = _Builder(net, samples, layers, threads, training, algorithms)
    builder.add_groups()
    if training:
        builder.loss()
        builder.backward(input_gradient, recompute=recompute)
    return builder.finished()


class _Builder(Forward):
    def __init__(self, *what: Any) -> None:
        super().__init__(*what)
        self.dscores: Buffer | None = None
        self.gradients: dict[int, Buffer] = {}
        self.dropped: set[Buffer] = set()  # after the forward; what the backward computes again
        self.again: dict[Buffer, Buffer] = {}

    def loss(self) -> None:
        """Add the loss, which turns scores into their gradient."""
        at = len(self.steps)
        scores = self.values[self.groups[-1].last.output]
        scores.buffer.read_at(at)
        self.dscores = self.buffer("dscores", scores.lying, at)
        self.steps.append(
            Step("loss", "loss", "loss", None, True, (scores,), scores, moved=2 * self.bytes_of(scores.lying))
        )
        self.contribute(self.groups[-1].last.output, self.dscores)

    def backward(self, input_gradient: bool, *, recompute: bool) -> None:
        """Add the backward of every group that has parameters, or lies behind one that has."""
        needed = {0: input_gradient}
        for group in self.groups:
            needed[group.last.output] = bool(group.first.params) or any(needed[v] for v in group.first.inputs)
        if recompute:
            names = {group.name for group in self.groups if needed[group.last.output]}
            self.dropped = recomputed(list(self.forward_steps.values()), self.planned, names)
        for group in reversed(self.groups):
            operation = group.first
            if not needed[group.last.output]:
                continue
            dout = self.gradients.pop(group.last.output)
            dout.users -= 1
            if group.name in self.aliases:
                self.contribute(operation.inputs[0], dout)
            elif operation.layer.sums_inputs and operation.kind in self.planned:
                for value in operation.inputs:
                    if needed[value]:
                        self.contribute(value, dout)
            else:
                self.differentiated(group, dout, [needed[value] for value in operation.inputs])

    def differentiated(self, group: Group, dout: Buffer, needed: Sequence[bool]) -> None:
        """Add the backward of a group that computes."""
        before, operation = self.forward_steps[group.name], group.first
        step = self.backward_step(before, dout, any(needed))
        at = len(self.steps)
        own_gradient = False
        if before.native:
            layer = self.planned[operation.kind]
            if layer.needs_private or group.relu:
                step.private = dout if dout.users == 0 else self.plain_buffer(f"{step.name}.private", dout.shape, at)
            own_gradient = layer.gradient_is_private
            step.workspace = self.workspace(step)
        made: list[Buffer | None] = []
        for wanted, value in zip(needed, before.inputs, strict=True):
            if own_gradient:
                made.append(step.private)
            else:
                made.append(self.buffer(f"d {value.buffer.name}", value.lying, at) if wanted else None)
        step.input_gradients = tuple(made)
        self.steps.append(step)
        for value_id, wanted, gradient in zip(operation.inputs, needed, made, strict=True):
            if wanted and gradient is not None:
                self.contribute(value_id, gradient)

    def backward_step(self, before: Step, dout: Buffer, onward: bool) -> Step:
        """Return the backward of a forward step, what it reads kept until then or computed again; onward: it has a dx."""
        assert before.output is not None
        read = set(read_again(before, self.planned))
        there = {v.buffer: self.there(v).buffer for v in (*before.inputs, before.output) if v.buffer in read}
        inputs = tuple(replace(v, buffer=there.get(v.buffer, v.buffer)) for v in before.inputs)
        output = replace(before.output, buffer=there.get(before.output.buffer, before.output.buffer))
        for kept in (dout, *there.values(), *before.saved.values()):
            kept.read_at(len(self.steps))
        step = replace(before, name=f"d {before.name}", phase="backward", inputs=inputs, output=output, gradient=dout)
        step.workspace = None
        of_output, of_inputs = self.bytes_of(output.lying), sum(self.bytes_of(v.lying) for v in inputs)
        step.moved = of_output + 2 * of_inputs
        step.flops = before.flops * (1 + onward)
        if before.kind == "copy":
            step.copied = step.moved = 2 * of_output
        elif not before.native:
            step.copied = 2 * of_inputs
        return step

    def there(self, value: Value) -> Value:
        """Return a value of the forward as the backward finds it: kept, or computed again before the next step."""
        if value.buffer not in self.dropped:
            return value
        if value.buffer not in self.again:
            self.compute_again(value.buffer)
        return replace(value, buffer=self.again[value.buffer])

    def compute_again(self, wanted: Buffer) -> None:
        """Add the forward step that wrote a buffer once more, into another."""
        before, output = next(
            (step, step.output) for step in self.forward_steps.values() if step.output and step.output.buffer is wanted
        )
        inputs = tuple(self.there(value) for value in before.inputs)
        at = len(self.steps)
        for buffer in (*(value.buffer for value in inputs), *before.saved.values()):
            buffer.read_at(at)
        again = replace(wanted, name=f"{before.name} again", first=at, last=at)
        self.buffers.append(again)
        self.again[wanted] = again
        step = replace(before, name=again.name, phase="again", inputs=inputs, output=replace(output, buffer=again))
        step.workspace = self.workspace(step)
        self.steps.append(step)

    def contribute(self, value: int, gradient: Buffer) -> None:
        """Make this the gradient of a value, or add it to what is there."""
        gradient.users += 1
        there = self.gradients.get(value)
        if there is None:
            self.gradients[value] = gradient
            return
        at = len(self.steps)
        shape = self.values[value].lying
        if gradient.users == 1:
            total = gradient
        elif there.users == 1:
            total = there
        else:
            total = self.buffer(f"d {self.values[value].buffer.name}", shape, at)
        there.read_at(at)
        gradient.read_at(at)
        total.read_at(at)
        there.users -= 1
        gradient.users -= 1
        total.users += 1
        native = "add" in self.planned
        name = f"sum of d {self.values[value].buffer.name}"
        step = Step(name, "backward", "accumulate", None, native, gradient=there, private=gradient)
        step.input_gradients, step.moved = (total,), 3 * self.bytes_of(shape)
        self.steps.append(step)
        self.gradients[value] = total

    def finished(self) -> Schedule:
        """Return the schedule; what is read after the last step lives as long as it."""
        scores = self.values[self.groups[-1].last.output]
        end = len(self.steps)
        scores.buffer.read_at(end)
        for buffer in self.kept:
            buffer.first, buffer.last = 0, end
        input_gradient = self.gradients.get(0)
        if input_gradient is not None:
            input_gradient.read_at(end)
        return Schedule(
            self.samples, self.groups, self.steps, self.buffers, self.values[0], scores, self.dscores, input_gradient
        )
