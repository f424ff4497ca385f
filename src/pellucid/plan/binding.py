"""Binding: each step of a plan gets its arrays once, and becomes calls that take the number of samples."""

from collections.abc import Callable
from typing import Any

import numpy as np

from pellucid.kernels import Arrays, GradientArrays, as_logical, native
from pellucid.nets import NamedArrays, Operation, Slot
from pellucid.nets.execute import infer_forward, run_backward, run_forward, updated_statistics
from pellucid.plan.arena import Block, Buffer
from pellucid.plan.design import Design
from pellucid.plan.steps import (
    BackwardStep,
    Copy,
    CopyBackward,
    Loss,
    NativeAccumulate,
    NativeBackward,
    NativeForward,
    OpaqueAccumulate,
    OpaqueBackward,
    OpaqueForward,
    Recompute,
    Shape,
    Step,
    Value,
)
from pellucid.shapes import Array

__all__ = ["Binding", "Call"]

Call = Callable[[int], Any]


class Binding:
    """The arrays of a plan, and the calls of its steps."""

    def __init__(self, design: Design) -> None:
        self.net, self.options = design.net, design.options
        self.layers, self.training = design.options.layers, design.options.training
        self.block = Block(design.arena)
        net = self.net
        self.params = {name: in_memory_order(net.params[name], slot) for name, slot in net.params.slots.items()}
        self.folded: dict[str, tuple[Array, Array]] = {}  # weights and biases with a batch norm in them (inference)
        self.prepares: list[Call] = []  # what prepares weights (inference)
        self.grads: NamedArrays = net.params.like() if self.training else NamedArrays({}, net.dtype)
        self.batch_state: NamedArrays = net.state.like()
        self.later_state = {  # the batch's statistics of layers that are called again, by operation
            operation.name: tuple(np.zeros_like(self.batch_state[name]) for name in operation.state)
            for operation in net.program.trained
            if operation.is_repeated and operation.state
        }
        self.caches: dict[int, Any] = {}  # of opaque operations
        self.substitutes: dict[Buffer, Array] = {}  # arrays to bind instead of a buffer's own
        self._step = np.zeros(1, np.uint64)

    @property
    def step(self) -> int:
        """The number of the training step, part of a dropout's key."""
        return int(self._step[0])

    @step.setter
    def step(self, step: int) -> None:
        self._step[0] = step

    def array(self, buffer: Buffer, shape: Shape | None = None) -> Array:
        """Return a buffer's array, each sample in this shape."""
        array = self.block.array(buffer)
        return array if shape is None else array.reshape(len(array), *shape)

    def value(self, value: Value) -> Array:
        """Return a value's array in memory order."""
        substitute = self.substitutes.get(value.buffer)
        return self.array(value.buffer, value.shape) if substitute is None else substitute

    def calls(self, step: Step) -> list[Call]:
        """Return the calls of a step; those of the loss are `loss.py`'s."""
        match step:
            case NativeForward():
                return self._native_forward(step)
            case OpaqueForward():
                return [self._opaque_forward(step)]
            case Copy():
                return [self._copy(step)]
            case NativeBackward():
                return self._native_backward(step)
            case OpaqueBackward():
                return [self._opaque_backward(step)]
            case CopyBackward():
                return self._copy_backward(step)
            case Recompute():
                return step.layer.planned.recompute(step.layer.context, self._arrays(step))
            case NativeAccumulate() | OpaqueAccumulate():
                return [self._accumulate(step)]
            case Loss():
                return []
            case _:
                raise TypeError(f"Binding.calls: no such kind of step: {step!r}")

    def written(self) -> list[Array]:
        """Return the memory that calls write."""
        return [self.block.memory, self.grads.flat, self.batch_state.flat]

    def fold(self) -> None:
        """Prepare the weights that inference reads, a batch norm's scale and shift in them, from the present parameters."""
        for name, (w, b) in self.folded.items():
            operation = next(o for o in self.net.program.operations if o.name == name)
            norm = next(o for o in self.net.program.operations if o.inputs == (operation.output,) and o.state)
            weight, bias = (self.params[p].astype(np.float64) for p in operation.params)
            gamma, beta = (self.net.params[p].astype(np.float64) for p in norm.params)
            mean, var = (self.net.state[s].astype(np.float64) for s in norm.state)
            scale = gamma / np.sqrt(var + norm.options["eps"])
            w[...] = weight * scale  # filters are the last axis in memory
            b[...] = (bias - mean) * scale + beta
        for prepare in self.prepares:
            prepare(0)

    def _arrays(self, step: NativeForward | NativeBackward | Recompute) -> Arrays:
        operation = step.group.first
        params = tuple(self.params[name] for name in operation.params)
        if step.group.norm is not None:
            self.folded[operation.name] = (np.empty_like(params[0]), np.empty_like(params[1]))
            params = self.folded[operation.name]
        return Arrays(
            inputs=tuple(self.value(value) for value in step.inputs),
            params=params,
            output=self.value(step.output),
            saved={name: self.array(buffer) for name, buffer in step.layer.saved.items()},
            statistics=self._batch_statistics(operation),
            workspace=None if step.workspace is None else self.array(step.workspace),
            step=self._step,
        )

    def _batch_statistics(self, operation: Operation) -> tuple[Array, ...]:
        """Return where an operation's forward leaves the batch's statistics."""
        later = self.later_state.get(operation.name)
        return tuple(self.batch_state[name] for name in operation.state) if later is None else later

    def _input_gradients(self, step: BackwardStep) -> tuple[Array | None, ...]:
        return tuple(
            None if buffer is None else self.array(buffer, value.shape)
            for buffer, value in zip(step.input_gradients, step.inputs, strict=True)
        )

    def _native_forward(self, step: NativeForward) -> list[Call]:
        planned, context, arrays = step.layer.planned, step.layer.context, self._arrays(step)
        if self.training:
            return planned.forward(context, arrays)
        self.prepares += planned.prepare(context, arrays)
        return planned.infer(context, arrays)

    def _native_backward(self, step: NativeBackward) -> list[Call]:
        shape, targets = step.output.shape, self._parameter_gradients(step)
        gradients = GradientArrays(
            output=self.array(step.dout, shape),
            private=self.array(step.private, shape),
            inputs=self._input_gradients(step),
            params=tuple(map(self.array, step.partial)) or targets,
        )
        calls = step.layer.planned.backward(step.layer.context, self._arrays(step), gradients)
        return (
            [*calls, *(_adding(a, b) for a, b in zip(gradients.params, targets, strict=True))]
            if step.partial
            else calls
        )

    def _parameter_gradients(self, step: BackwardStep) -> tuple[Array, ...]:
        slots = self.net.params.slots
        return tuple(in_memory_order(self.grads[name], slots[name]) for name in step.group.first.params)

    def _accumulate(self, step: NativeAccumulate | OpaqueAccumulate) -> Call:
        a = self.array(step.first)
        b, out = self.array(step.second, a.shape[1:]), self.array(step.total, a.shape[1:])
        if isinstance(step, NativeAccumulate):
            call: Call = native().bound.add(None, a, b, out, self.options.threads)
            return call
        return lambda n: np.add(a[:n], b[:n], out=out[:n])

    def _copy(self, step: Copy) -> Call:
        image = as_logical(self.value(step.inputs[0]))
        return _copying(image, self.value(step.output).reshape(image.shape))

    def _copy_backward(self, step: CopyBackward) -> list[Call]:
        dout = self.array(step.dout)
        images = [as_logical(image) for image in self._input_gradients(step) if image is not None]
        return [_copying(dout.reshape(image.shape), image) for image in images]

    def _opaque_forward(self, step: OpaqueForward) -> Call:
        """Call the table's own function, or a user's; copy what it returns to where the plan wants it."""
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
        targets = self._batch_statistics(operation)
        start = [np.zeros_like(target) for target in targets]
        for target, array in zip(targets, updated_statistics(operation, start, cache, decay=0.0), strict=True):
            target[...] = array

    def _opaque_backward(self, step: OpaqueBackward) -> Call:
        operation = step.group.first
        dout = as_logical(self.array(step.dout, step.output.shape))
        targets = [None if array is None else as_logical(array) for array in self._input_gradients(step)]

        def run(n: int) -> None:
            gradients = run_backward(operation, dout[:n], self.caches.pop(operation.number), self.layers)
            for target, gradient in zip(targets, gradients, strict=False):
                if target is not None:
                    np.copyto(target[:n], gradient)
            for name, gradient in zip(operation.params, gradients[len(targets) :], strict=True):
                self.grads[name] = self.grads[name] + gradient if step.adds else gradient

        return run


def in_memory_order(array: Array, slot: Slot) -> Array:
    """Return a parameter in the order of the flat buffer: a dense view."""
    return array.transpose(slot.memory)


def _adding(array: Array, total: Array) -> Call:
    """Return the call that adds an array, of no samples, to a total."""
    return lambda n: np.add(total, array, out=total)


def _copying(source: Array, target: Array) -> Call:
    """Return the call that copies samples from one array (N, C, H, W) to another."""
    return lambda n: np.copyto(target[:n], source[:n])
