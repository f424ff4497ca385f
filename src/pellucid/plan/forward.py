"""The forward half of a step list: every group's step, and the buffers that it writes, saves and needs while it runs."""

import math
from dataclasses import replace
from typing import Any

import numpy as np

from pellucid.kernels import LayerContext, PlannedLayer, planned_layers
from pellucid.nets import Network, Operation
from pellucid.plan.arena import Buffer
from pellucid.plan.fusion import Group, fused
from pellucid.plan.options import PlanOptions
from pellucid.plan.steps import Copy, ForwardStep, NativeForward, NativeLayer, OpaqueForward, Shape, Step, Value

__all__ = ["Forward"]


def memory_shape(shape: Shape) -> Shape:
    """Return the logical shape of one sample in memory order: an image's channels last."""
    return (shape[1], shape[2], shape[0]) if len(shape) == 3 else shape


def as_row(value: Value) -> Value:
    """Return a value as a layer reads it that takes each sample as one row: of an image, the columns are (pixel, channel)."""
    return replace(value, pixels=math.prod(value.shape[:2])) if len(value.shape) == 3 else value


class Forward:
    """Collects steps and buffers; `backward.py` continues."""

    def __init__(self, net: Network, options: PlanOptions, samples: int) -> None:
        self.net, self.options, self.samples = net, options, samples
        self.training = options.training
        self.planned = planned_layers(options.layers)
        self.groups = fused(
            net.program, fusible=lambda operation: self.native(operation) is not None, inference=not self.training
        )
        self.steps: list[Step] = []
        self.buffers: list[Buffer] = []
        self.persistent: list[Buffer] = []  # those that live from pass to pass
        program = net.program
        self.outputs = program.outputs[:1] if self.training else program.outputs  # the values that go out
        self.values: dict[int, Value] = {}
        for number in range(len(program.inputs)):
            name, shape = f"input {number + 1}" if len(program.inputs) > 1 else "input", self.input_shape(number)
            self.values[number] = Value(self.buffer(name, shape, 0), shape)
        self.forward_steps: dict[str, ForwardStep] = {}  # by the name of their group
        self.aliases: set[str] = set()  # names of groups that compute nothing

    def native(self, operation: Operation) -> PlannedLayer | None:
        """Return how an operation is run by bare calls, or None where it is opaque."""
        planned, program = self.planned.get(operation.kind), self.net.program
        inputs = tuple(program.shape_of(value) for value in operation.inputs)
        return planned if planned is not None and planned.takes(inputs, operation.shape, operation.options) else None

    def input_shape(self, number: int) -> Shape:
        """Return an input's shape in memory: images that are only flattened stay in logical order, as an affine weight counts."""
        readers = [group.first.layer for group in self.groups if number in group.first.inputs]
        shape = self.net.program.inputs[number]
        rows = bool(readers) and all(layer.reshapes or layer.flattens for layer in readers)
        return (math.prod(shape),) if rows else memory_shape(shape)

    def buffer(self, name: str, sample: Shape, step: int) -> Buffer:
        """Add a buffer of one array for each sample, written at a step."""
        return self.plain_buffer(name, (self.samples, *sample), step, self.net.dtype)

    def plain_buffer(self, name: str, shape: Shape, step: int, dtype: Any) -> Buffer:
        """Add a buffer of this shape, written at a step."""
        buffer = Buffer(name, shape, np.dtype(dtype), step, step)
        self.buffers.append(buffer)
        return buffer

    def add_groups(self) -> None:
        """Add the forward of every group."""
        for group in self.groups:
            operation = group.first
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
        """Leave a flattened image where it is if only native affine layers read it; else copy it into logical order."""
        operation = group.first
        if len(image.shape) != 3 or image.shape[2] == 1 or image.shape[0] * image.shape[1] == 1:
            self.aliases.add(group.name)
            return Value(image.buffer, operation.shape)
        readers = [g.first for g in self.groups if operation.output in g.first.inputs]
        goes_out = operation.output in self.outputs
        if (
            readers
            and not goes_out
            and all(reader.layer.flattens and reader.kind in self.planned for reader in readers)
        ):
            self.aliases.add(group.name)
            return Value(image.buffer, operation.shape, image.shape[0] * image.shape[1])
        at = len(self.steps)
        image.buffer.read_at(at)
        out = Value(self.buffer(group.name, operation.shape, at), operation.shape)
        size = 2 * self.bytes_of(out.shape)
        self.add_forward(
            Copy(name=group.name, group=group, inputs=(image,), output=out, moved=size, copied=size),
        )
        return out

    def computed(self, group: Group, inputs: tuple[Value, ...]) -> Value:
        """Add the forward of a group that computes."""
        at, operation = len(self.steps), group.first
        for value in inputs:
            value.buffer.read_at(at)
        shape = memory_shape(group.last.shape)
        out = Value(self.buffer(group.name, shape, at), shape)
        planned = self.native(operation)
        if planned is not None and (self.training or planned.infers):
            self.add_forward(self.native_forward(planned, group, inputs, out))
        else:
            self.add_forward(
                OpaqueForward(
                    name=group.name,
                    kind=group.kind,
                    group=group,
                    inputs=inputs,
                    output=out,
                    flops=2 * operation.multiply_adds,
                    moved=sum(self.bytes_of(value.shape) for value in (*inputs, out)),
                    copied=2 * self.bytes_of(shape),
                )
            )
        return out

    def native_forward(
        self, planned: PlannedLayer, group: Group, inputs: tuple[Value, ...], out: Value
    ) -> NativeForward:
        """Return the forward of a native layer, with what it saves and the memory it needs."""
        at, context = len(self.steps), self.context(group, inputs, out.shape)
        saved = {
            name: self.plain_buffer(f"{group.name}.{name}", shape, at, dtype)
            for name, (shape, dtype) in planned.saved(context).items()
        }
        layer = NativeLayer(planned, context, saved)
        return NativeForward(
            name=group.name,
            kind=group.kind,
            group=group,
            inputs=inputs,
            output=out,
            flops=2 * group.first.multiply_adds,
            moved=sum(self.bytes_of(value.shape) for value in (*inputs, out)),
            layer=layer,
            workspace=self.workspace(group.name, layer),
        )

    def add_forward(self, step: ForwardStep) -> None:
        """Add a forward step, which its backward will ask for."""
        self.steps.append(step)
        self.forward_steps[step.group.name] = step

    def context(self, group: Group, inputs: tuple[Value, ...], output: Shape) -> LayerContext:
        """Return what a native layer must know of its place."""
        slots = [self.net.params.slots[name] for name in group.first.params]
        return LayerContext(
            samples=self.samples,
            inputs=tuple(value.shape for value in inputs),
            output=output,
            params=tuple(slot.shape_in_memory for slot in slots),
            options=group.first.options,
            relu=group.relu,
            pixels=inputs[0].pixels,
            dtype=self.net.dtype,
            threads=self.options.threads,
            algorithm=self.options.algorithms.get(group.first.name),
            key=(self.net.seed, group.first.number),
            ceiling=group.ceiling,
        )

    def workspace(self, name: str, layer: NativeLayer) -> Buffer | None:
        """Add the memory that a native step needs while it runs."""
        needed = layer.planned.workspace(layer.context)
        if not needed:
            return None
        buffer = self.plain_buffer(f"{name}.workspace", (needed,), len(self.steps), np.uint8)
        if layer.planned.keeps_workspace and not self.training:
            self.persistent.append(buffer)
        return buffer

    def bytes_of(self, shape: Shape) -> int:
        """Return the bytes of one sample of this shape."""
        return math.prod(shape) * self.net.dtype.itemsize
