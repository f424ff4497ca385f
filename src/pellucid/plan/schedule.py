"""The schedule: a network's operations, fused, as the list of steps of one pass, with every buffer's life. No memory yet.

Forward runs down the groups, backward up. Where a value was read twice, its gradients are added by a step of their own. A
residual's sum hands its gradient to both branches as one buffer; nobody may then write over it, which `users` counts.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pellucid.kernels import Site, planned_layers
from pellucid.layers import Layers
from pellucid.nets import Network
from pellucid.plan.arena import Buffer
from pellucid.plan.fusion import Group, fused
from pellucid.plan.steps import Schedule, Shape, Step, Value

__all__ = ["lies", "schedule"]


def lies(shape: Shape) -> Shape:
    """Return how one sample of a logical shape lies: images channels last."""
    return (shape[1], shape[2], shape[0]) if len(shape) == 3 else shape


def schedule(
    net: Network,
    samples: int,
    *,
    layers: Layers,
    training: bool,
    input_gradient: bool,
    threads: int,
    algorithms: Mapping[str, str],
) -> Schedule:
    """Return the schedule of a network for a batch of so many samples."""
    builder = _Builder(net, samples, layers, threads, training, algorithms)
    builder.forward()
    if training:
        builder.loss()
        builder.backward(input_gradient)
    return builder.finished()


class _Builder:
    def __init__(
        self, net: Network, samples: int, layers: Layers, threads: int, training: bool, algorithms: Mapping[str, str]
    ) -> None:
        self.net, self.samples, self.layers, self.threads = net, samples, layers, threads
        self.training, self.algorithms = training, algorithms
        self.planned = planned_layers(layers)
        self.groups = fused(net.program, fusible=tuple(self.planned), inference=not training)
        self.steps: list[Step] = []
        self.buffers: list[Buffer] = []
        self.kept: list[Buffer] = []  # what lives from pass to pass
        lying = self.input_lies()
        self.values: dict[int, Value] = {0: Value(self.buffer("input", lying, 0), lying)}
        self.shapes: dict[int, Shape] = {0: net.input_shape}
        self.forward_steps: dict[str, Step] = {}
        self.aliases: set[str] = set()
        self.dscores: Buffer | None = None
        self.gradients: dict[int, Buffer] = {}

    def input_lies(self) -> Shape:
        """Images that are only flattened stay in logical order: a row as the affine weight counts it."""
        readers = [group.first.kind for group in self.groups if 0 in group.first.inputs]
        shape = self.net.input_shape
        return (math.prod(shape),) if readers and set(readers) == {"flatten"} else lies(shape)

    def buffer(self, name: str, sample: Shape, step: int, dtype: Any = None) -> Buffer:
        """Add a buffer of one array a sample, written at a step."""
        return self.plain_buffer(name, (self.samples, *sample), step, dtype)

    def plain_buffer(self, name: str, shape: Shape, step: int, dtype: Any = None) -> Buffer:
        """Add a buffer of this shape."""
        made = Buffer(name, shape, self.net.dtype if dtype is None else np.dtype(dtype), step, step)
        self.buffers.append(made)
        return made

    def forward(self) -> None:
        """Add the forward of every group."""
        for group in self.groups:
            operation = group.first
            self.shapes[group.last.output] = group.last.shape
            inputs = tuple(self.values[value] for value in operation.inputs)
            if operation.kind == "flatten":
                self.values[operation.output] = self.flattened(group, inputs[0])
            elif operation.kind == "dropout" and not self.training:
                self.values[operation.output] = inputs[0]
                self.aliases.add(group.name)
            else:
                self.values[group.last.output] = self.computed(group, inputs)

    def flattened(self, group: Group, image: Value) -> Value:
        """A flattened image stays where it lies if only native affine layers read it; else it is copied into logical order."""
        operation = group.first
        if len(image.lying) != 3 or image.lying[2] == 1 or image.lying[0] * image.lying[1] == 1:
            self.aliases.add(group.name)
            return Value(image.buffer, operation.shape)
        readers = [g.first.kind for g in self.groups if operation.output in g.first.inputs]
        if readers and all(kind == "affine" and kind in self.planned for kind in readers):
            self.aliases.add(group.name)
            return Value(image.buffer, operation.shape, image.lying[0] * image.lying[1])
        at = len(self.steps)
        image.buffer.read_at(at)
        out = Value(self.buffer(group.name, operation.shape, at), operation.shape)
        step = Step(group.name, "forward", "copy", group, False, (image,), out, copied=self.bytes_of(out.lying) * 2)
        step.moved = step.copied
        self.steps.append(step)
        self.forward_steps[group.name] = step
        return out

    def computed(self, group: Group, inputs: tuple[Value, ...]) -> Value:
        """Add the forward of a group that computes."""
        at, operation = len(self.steps), group.first
        native = operation.kind in self.planned and (self.training or self.planned[operation.kind].infers)
        for value in inputs:
            value.buffer.read_at(at)
        lying = lies(group.last.shape)
        out = Value(self.buffer(group.name, lying, at), lying)
        step = Step(group.name, "forward", group.kind, group, native, inputs, out)
        step.flops = 2 * operation.multiply_adds
        step.moved = sum(self.bytes_of(value.lying) for value in (*inputs, out))
        if native:
            layer = self.planned[operation.kind]
            step.site = self.site(group, inputs, lying)
            for name, (shape, dtype) in layer.saved(step.site).items():
                step.saved[name] = self.plain_buffer(f"{group.name}.{name}", shape, at, dtype)
            step.workspace = self.workspace(step)
        else:
            step.copied = self.bytes_of(lying) * 2
        self.steps.append(step)
        self.forward_steps[group.name] = step
        return out

    def site(self, group: Group, inputs: tuple[Value, ...], lying: Shape) -> Site:
        """Return what a native layer must know of its place."""
        slots = [self.net.params.slots[name] for name in group.first.params]
        return Site(
            samples=self.samples,
            inputs=tuple(value.lying for value in inputs),
            output=lying,
            params=tuple(tuple(slot.shape[axis] for axis in slot.memory) for slot in slots),
            options=group.first.options,
            relu=group.relu,
            pixels=inputs[0].pixels,
            dtype=self.net.dtype,
            threads=self.threads,
            algorithm=self.algorithms.get(group.first.name),
            key=(self.net.seed, group.first.number),
        )

    def workspace(self, step: Step) -> Buffer | None:
        """Add the memory that a native step needs while it runs."""
        assert step.site is not None
        assert step.group is not None
        layer = self.planned[step.group.first.kind]
        needed = layer.workspace(step.site)
        if not needed:
            return None
        made = self.plain_buffer(f"{step.name}.workspace", (needed,), len(self.steps), np.uint8)
        if layer.keeps_workspace and not self.training:
            self.kept.append(made)
        return made

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

    def backward(self, input_gradient: bool) -> None:
        """Add the backward of every group that has parameters, or lies behind one that has."""
        needed = {0: input_gradient}
        for group in self.groups:
            needed[group.last.output] = bool(group.first.params) or any(needed[v] for v in group.first.inputs)
        for group in reversed(self.groups):
            operation = group.first
            if not needed[group.last.output]:
                continue
            dout = self.gradients.pop(group.last.output)
            dout.users -= 1
            if group.name in self.aliases:
                self.contribute(operation.inputs[0], dout)
            elif operation.kind == "add" and operation.kind in self.planned:
                for value in operation.inputs:
                    if needed[value]:
                        self.contribute(value, dout)
            else:
                self.differentiated(group, dout, [needed[value] for value in operation.inputs])

    def differentiated(self, group: Group, dout: Buffer, needed: Sequence[bool]) -> None:
        """Add the backward of a group that computes."""
        at, before, operation = len(self.steps), self.forward_steps[group.name], group.first
        assert before.output is not None
        step = Step(f"d {group.name}", "backward", group.kind, group, before.native, before.inputs, before.output, dout)
        dout.read_at(at)
        step.moved = self.bytes_of(before.output.lying) + 2 * sum(self.bytes_of(v.lying) for v in before.inputs)
        step.flops = before.flops * (1 + any(needed))
        step.saved, step.site = before.saved, before.site
        for kept in step.saved.values():
            kept.read_at(at)
        own_gradient = False
        if before.native:
            layer = self.planned[operation.kind]
            if layer.needs_private or group.relu:
                step.private = dout if dout.users == 0 else self.plain_buffer(f"{step.name}.private", dout.shape, at)
            own_gradient = layer.gradient_is_private
            if layer.reads_input:
                for value in before.inputs:
                    value.buffer.read_at(at)
            if layer.reads_output or (group.relu and not own_gradient):
                before.output.buffer.read_at(at)
            step.workspace = self.workspace(step)
        elif before.kind == "copy":
            step.kind = "copy"
            step.copied = step.moved = 2 * self.bytes_of(before.output.lying)
        else:  # what an opaque layer keeps may be views of what came in and went out
            for value in (*before.inputs, before.output):
                value.buffer.read_at(at)
            step.copied = 2 * sum(self.bytes_of(v.lying) for v in before.inputs)
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

    def bytes_of(self, shape: Shape) -> int:
        return int(np.prod(shape, dtype=np.int64)) * self.net.dtype.itemsize
