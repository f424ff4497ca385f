"""Binding: each step of a schedule gets its arrays once, and becomes calls that take the number of samples."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from pellucid.kernels import Arrays, Gradients, as_logical, native, planned_layers
from pellucid.layers import Layers
from pellucid.nets import NamedArrays, Network, Operation, Slot
from pellucid.nets.execute import infer_forward, run_backward, run_forward, updated_statistics
from pellucid.plan.arena import Arena, Buffer
from pellucid.plan.steps import Schedule, Step, Value
from pellucid.shapes import Array

__all__ = ["Binding", "Call", "as_it_lies"]

Call = Callable[[int], Any]


def as_it_lies(array: Array, slot: Slot) -> Array:
    """Return a parameter as it lies in the flat buffer: a dense view."""
    return array.transpose(slot.memory)


class Binding:
    """The arrays of a plan, and the calls of its steps."""

    def __init__(self, net: Network, schedule: Schedule, arena: Arena, layers: Layers, *, training: bool) -> None:
        self.net, self.layers, self.arena, self.training = net, layers, arena, training
        self.planned = planned_layers(layers)
        self.params = {name: as_it_lies(net.params[name], slot) for name, slot in net.params.slots.items()}
        self.folded: dict[str, tuple[Array, Array]] = {}  # weights and biases with a batch norm in them (inference)
        self.prepares: list[Call] = []  # what makes weights ready (inference)
        self.grads: NamedArrays = net.params.like() if training else NamedArrays({}, net.dtype)
        self.batch_state: NamedArrays = net.state.like()
        self.caches: dict[int, Any] = {}  # of opaque operations
        self.given: dict[Buffer, Array] = {}  # arrays that calls made now read instead of a buffer's own
        self._step = np.zeros(1, np.uint64)
        self.threads = next((step.site.threads for step in schedule.steps if step.site is not None), 1)

    @property
    def step(self) -> int:
        """The number of the training step, part of a dropout's key."""
        return int(self._step[0])

    @step.setter
    def step(self, step: int) -> None:
        self._step[0] = step

    def array(self, buffer: Buffer, lying: tuple[int, ...] | None = None) -> Array:
        """Return a buffer's array, one sample lying so."""
        array = self.arena.array(buffer)
        return array if lying is None else array.reshape(len(array), *lying)

    def value(self, value: Value) -> Array:
        """Return a value's array as it lies."""
        return self.given[value.buffer] if value.buffer in self.given else self.array(value.buffer, value.lying)

    def calls(self, step: Step) -> list[Call]:
        """Return the calls of a step (but for the loss)."""
        match step.kind, step.phase:
            case "copy", "forward":
                return [self._copy(step.inputs[0], step.output)]
            case "copy", _:
                return [self._copy_back(step)]
            case "accumulate", _:
                return [self._accumulate(step)]
            case _, "again":
                return self._native_again(step)
            case _, "forward":
                return self._native_forward(step) if step.native else [self._opaque_forward(step)]
            case _:
                return self._native_backward(step) if step.native else [self._opaque_backward(step)]

    def fold(self) -> None:
        """Make ready the weights that inference reads, a batch norm's scale and shift in them, from the present parameters."""
        for name, (w, b) in self.folded.items():
            operation = next(o for o in self.net.program.operations if o.name == name)
            norm = next(o for o in self.net.program.operations if o.inputs == (operation.output,) and o.state)
            weight, bias = (self.params[p].astype(np.float64) for p in operation.params)
            gamma, beta = (self.net.params[p].astype(np.float64) for p in norm.params)
            mean, var = (self.net.state[s].astype(np.float64) for s in norm.state)
            scale = gamma / np.sqrt(var + norm.options["eps"])
            w[...] = weight * scale  # filters lie last
            b[...] = (bias - mean) * scale + beta
        for prepare in self.prepares:
            prepare(0)

    def _arrays(self, step: Step) -> Arrays:
        assert step.group is not None
        assert step.output is not None
        operation = step.group.first
        params = tuple(self.params[name] for name in operation.params)
        if step.group.norm is not None:
            self.folded[operation.name] = (np.empty_like(params[0]), np.empty_like(params[1]))
            params = self.folded[operation.name]
        return Arrays(
            inputs=tuple(self.value(value) for value in step.inputs),
            params=params,
            output=self.value(step.output),
            saved={name: self.array(buffer) for name, buffer in step.saved.items()},
            statistics=tuple(self.batch_state[name] for name in operation.state),
            workspace=None if step.workspace is None else self.array(step.workspace),
            step=self._step,
        )

    def _native_forward(self, step: Step) -> list[Call]:
        assert step.group is not None
        assert step.site is not None
        layer, arrays = self.planned[step.group.first.kind], self._arrays(step)
        if self.training:
            return layer.forward(step.site, arrays)
        self.prepares += layer.prepare(step.site, arrays)
        return layer.infer(step.site, arrays)

    def _native_again(self, step: Step) -> list[Call]:
        assert step.group is not None
        assert step.site is not None
        return self.planned[step.group.first.kind].again(step.site, self._arrays(step))

    def _native_backward(self, step: Step) -> list[Call]:
        assert step.group is not None
        assert step.site is not None
        assert step.output is not None
        assert step.gradient is not None
        operation, lying = step.group.first, step.output.lying
        inputs = [
            None if buffer is None else self.array(buffer, value.lying)
            for buffer, value in zip(step.input_gradients, step.inputs, strict=True)
        ]
        slots = self.net.params.slots
        gradients = Gradients(
            output=self.array(step.gradient, lying),
            private=self.array(step.gradient if step.private is None else step.private, lying),
            inputs=tuple(inputs),
            params=tuple(as_it_lies(self.grads[name], slots[name]) for name in operation.params),
        )
        return self.planned[operation.kind].backward(step.site, self._arrays(step), gradients)

    def _accumulate(self, step: Step) -> Call:
        assert step.gradient is not None
        assert step.private is not None
        (total,) = step.input_gradients
        assert total is not None
        a, b = self.array(step.gradient), self.array(step.private)
        b, out = b.reshape(a.shape), self.array(total).reshape(a.shape)
        if step.native:
            call: Call = native().bound.add(None, a, b, out, self.threads)
            return call
        return lambda n: np.add(a[:n], b[:n], out=out[:n])

    def _copy(self, source: Value, target: Value | None) -> Call:
        assert target is not None
        image, rows = as_logical(self.value(source)), self.value(target)
        into = rows.reshape(image.shape)  # (N, C, H, W) in logical order
        return lambda n: np.copyto(into[:n], image[:n])

    def _copy_back(self, step: Step) -> Call:
        assert step.gradient is not None
        (image,), (buffer,) = step.inputs, step.input_gradients
        if buffer is None:
            return lambda n: None
        into = as_logical(self.array(buffer, image.lying))
        rows = self.array(step.gradient).reshape(into.shape)
        return lambda n: np.copyto(into[:n], rows[:n])

    def _opaque_forward(self, step: Step) -> Call:
        """Call the table's own function, or a person's; put what it returns where the plan wants it."""
        assert step.group is not None
        assert step.output is not None
        operation = step.group.first
        inputs = [as_logical(self.value(value)) for value in step.inputs]
        out = as_logical(self.value(step.output))
        params = [self.net.params[name] for name in operation.params]

        def infer(n: int) -> None:
            state = self.net.state
            np.copyto(out[:n], infer_forward(operation, [x[:n] for x in inputs], params, state, self.layers))

        def train(n: int) -> None:
            options = operation.training_options(self.net.seed, self.step)
            result, cache = run_forward(operation, [x[:n] for x in inputs], params, options, self.layers)
            np.copyto(out[:n], result)
            self.caches[operation.number] = cache
            if operation.state:
                self._keep_statistics(operation, cache)

        return train if self.training else infer

    def _keep_statistics(self, operation: Operation, cache: Any) -> None:
        start = [np.zeros_like(self.batch_state[name]) for name in operation.state]
        for name, array in zip(operation.state, updated_statistics(operation, start, cache, decay=0.0), strict=True):
            self.batch_state[name] = array

    def _opaque_backward(self, step: Step) -> Call:
        assert step.group is not None
        assert step.output is not None
        assert step.gradient is not None
        operation = step.group.first
        dout = as_logical(self.array(step.gradient, step.output.lying))
        targets = [
            None if buffer is None else as_logical(self.array(buffer, value.lying))
            for buffer, value in zip(step.input_gradients, step.inputs, strict=True)
        ]

        def run(n: int) -> None:
            gradients = run_backward(operation, dout[:n], self.caches.pop(operation.number), self.layers)
            for target, gradient in zip(targets, gradients, strict=False):
                if target is not None:
                    np.copyto(target[:n], gradient)
            for name, gradient in zip(operation.params, gradients[len(targets) :], strict=True):
                self.grads[name] = gradient

        return run


def state_weights(net: Network) -> tuple[Array, Array]:
    """Return, for each entry of the running statistics, what is kept of the old value and taken of the batch's."""
    kept: Mapping[str, float] = {
        name: operation.decay for operation in net.program.operations for name in operation.state
    }
    keep, take = net.state.like(), net.state.like()
    for name, decay in kept.items():
        frozen = name in net.frozen
        keep[name][...] = 1 if frozen else decay
        take[name][...] = 0 if frozen else 1 - decay
    return keep.flat, take.flat
