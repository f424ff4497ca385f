"""The forward half of a schedule: every group's step, the buffers it writes, keeps and needs while it runs."""

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from pellucid.kernels import Site, planned_layers
from pellucid.layers import Layers
from pellucid.nets import Network
from pellucid.plan.arena import Buffer
from pellucid.plan.fusion import Group, fused
from pellucid.plan.steps import Shape, Step, Value

__all__ = ["Forward"]


def lies(shape: Shape) -> Shape:
    """Return how one sample of a logical shape lies: images channels last."""
    return (shape[1], shape[2], shape[0]) if len(shape) == 3 else shape


def as_row(value: Value) -> Value:
    """Return a value as a layer reads it that takes each sample as one row: of an image, the columns are (pixel, channel)."""
    return replace(value, pixels=math.prod(value.lying[:2])) if len(value.lying) == 3 else value


class Forward:
    """Steps and buffers as they are added; the backward goes on from here."""

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

    def input_lies(self) -> Shape:
        """Images that are only flattened stay in logical order: a row as the affine weight counts it."""
        readers = [group.first.layer for group in self.groups if 0 in group.first.inputs]
        shape = self.net.input_shape
        rows = bool(readers) and all(layer.reshapes or layer.flattens for layer in readers)
        return (math.prod(shape),) if rows else lies(shape)

    def buffer(self, name: str, sample: Shape, step: int, dtype: Any = None) -> Buffer:
        """Add a buffer of one array a sample, written at a step."""
        return self.plain_buffer(name, (self.samples, *sample), step, dtype)

    def plain_buffer(self, name: str, shape: Shape, step: int, dtype: Any = None) -> Buffer:
        """Add a buffer of this shape."""
        made = Buffer(name, shape, self.net.dtype if dtype is None else np.dtype(dtype), step, step)
        self.buffers.append(made)
        return made

    def add_groups(self) -> None:
        """Add the forward of every group."""
        for group in self.groups:
            operation = group.first
            self.shapes[group.last.output] = group.last.shape
            inputs = tuple(self.values[value] for value in operation.inputs)
            if operation.layer.flattens and operation.kind in self.planned:
                inputs = tuple(as_row(value) for value in inputs)
            if operation.layer.reshapes:
                self.values[operation.output] = self.flattened(group, inputs[0])
            elif operation.layer.identity_at_inference and not self.training:
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

    def bytes_of(self, shape: Shape) -> int:
        return int(np.prod(shape, dtype=np.int64)) * self.net.dtype.itemsize
