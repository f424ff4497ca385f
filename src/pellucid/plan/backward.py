"""The backward half of a step list, and the whole list with every buffer's life. No memory is allocated yet.

Forward runs down the groups, backward up. Where several operations read a value, a step of its own adds its gradients. A residual's
sum hands its gradient to both branches as one buffer, which nobody may then overwrite: `users` counts the values it belongs to.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from pellucid.nets import Network
from pellucid.plan.arena import Buffer
from pellucid.plan.forward import Forward
from pellucid.plan.fusion import Group
from pellucid.plan.options import PlanOptions
from pellucid.plan.recompute import read_by_backward, recomputable
from pellucid.plan.steps import (
    BackwardStep,
    Copy,
    CopyBackward,
    ForwardStep,
    Loss,
    NativeAccumulate,
    NativeBackward,
    NativeForward,
    OpaqueAccumulate,
    OpaqueBackward,
    Recompute,
    StepList,
    Value,
)

__all__ = ["list_steps"]


def list_steps(net: Network, options: PlanOptions, samples: int, *, recompute: bool) -> StepList:
    """Return the steps of a network for a batch of so many samples; recompute: see `plan/recompute.py`."""
    builder = _Builder(net, options, samples)
    builder.add_groups()
    if options.training:
        builder.add_loss()
        builder.add_backward(options.input_gradient, recompute=recompute)
    return builder.finished()


class _Builder(Forward):
    def __init__(self, net: Network, options: PlanOptions, samples: int) -> None:
        super().__init__(net, options, samples)
        self.gradients: dict[int, Buffer] = {}  # by value
        self.users: Counter[Buffer] = Counter()  # the number of values that a buffer is the gradient of
        self.dropped: Mapping[Buffer, NativeForward] = {}  # buffers not kept for the backward, and what writes them
        self.written: set[str] = set()  # names of parameters whose gradient some step has written
        self.recomputed: dict[Buffer, Buffer] = {}  # from a dropped buffer to the one that it is computed again in

    def add_loss(self) -> None:
        """Add the loss, which turns scores into their gradient."""
        scores = self.values[self.outputs[0]]
        self.read_now([scores.buffer])
        dscores = self.buffer("dscores", scores.shape, len(self.steps))
        self.steps.append(Loss(name="loss", scores=scores, dscores=dscores, moved=2 * self.bytes_of(scores.shape)))
        self.contribute([(self.outputs[0], dscores)])

    def add_backward(self, input_gradient: bool, *, recompute: bool) -> None:
        """Add the backward of every group that has parameters, or that follows one that has."""
        needed = dict.fromkeys(range(len(self.net.program.inputs)), input_gradient)
        for group in self.groups:
            needed[group.last.output] = bool(group.first.params) or any(needed[v] for v in group.first.inputs)
        if recompute:
            names = {group.name for group in self.groups if needed[group.last.output]}
            self.dropped = recomputable(list(self.forward_steps.values()), names)
        for group in reversed(self.groups):
            operation = group.first
            if not needed[group.last.output]:
                continue
            dout = self.gradients.pop(group.last.output)
            self.users[dout] -= 1
            if group.name in self.aliases:
                self.contribute([(operation.inputs[0], dout)])
            elif operation.layer.sums_inputs and operation.kind in self.planned:
                self.contribute([(value, dout) for value in operation.inputs if needed[value]])
            else:
                self.differentiate(group, dout, [needed[value] for value in operation.inputs])

    def differentiate(self, group: Group, dout: Buffer, needed: Sequence[bool]) -> None:
        """Add the backward of a group that computes."""
        step = self.backward_step(self.forward_steps[group.name], dout, needed)
        self.steps.append(step)
        found = zip(group.first.inputs, needed, step.input_gradients, strict=True)
        self.contribute([(value, grad) for value, wanted, grad in found if wanted and grad is not None])

    def backward_step(self, forward: ForwardStep, dout: Buffer, needed: Sequence[bool]) -> BackwardStep:
        """Return the backward of a forward step, which reads buffers that were kept or are computed again."""
        found = {buffer: self.in_backward(buffer) for buffer in read_by_backward(forward)}
        self.read_now([dout, *found.values()])
        inputs = tuple(_found(value, found) for value in forward.inputs)
        output = _found(forward.output, found)
        if isinstance(forward, NativeForward):
            return self.native_backward(forward, inputs, output, dout, needed)
        gradients = self.input_gradients(forward, needed)
        output_bytes, input_bytes = self.bytes_of(output.shape), sum(self.bytes_of(value.shape) for value in inputs)
        if isinstance(forward, Copy):
            return CopyBackward(
                name=f"d {forward.name}",
                group=forward.group,
                inputs=inputs,
                output=output,
                dout=dout,
                input_gradients=gradients,
                moved=2 * output_bytes,
                copied=2 * output_bytes,
            )
        return OpaqueBackward(
            name=f"d {forward.name}",
            kind=forward.kind,
            group=forward.group,
            inputs=inputs,
            output=output,
            dout=dout,
            input_gradients=gradients,
            flops=forward.flops * (1 + any(needed)),
            moved=output_bytes + 2 * input_bytes,
            copied=2 * input_bytes,
            adds=self.adds(forward),
        )

    def native_backward(
        self, forward: NativeForward, inputs: tuple[Value, ...], output: Value, dout: Buffer, needed: Sequence[bool]
    ) -> NativeBackward:
        """Return the backward of a native layer, with the memory it needs."""
        name, planned = f"d {forward.name}", forward.layer.planned
        self.read_now(forward.layer.saved.values())
        private = dout
        if (planned.needs_private or forward.group.relu) and self.users[dout]:
            private = self.plain_buffer(f"{name}.private", dout.shape, len(self.steps), dout.dtype)
        workspace = self.workspace(name, forward.layer)
        in_private = planned.gradient_is_private
        return NativeBackward(
            name=name,
            kind=forward.kind,
            group=forward.group,
            inputs=inputs,
            output=output,
            dout=dout,
            input_gradients=(private,) * len(inputs) if in_private else self.input_gradients(forward, needed),
            flops=forward.flops * (1 + any(needed)),
            moved=self.bytes_of(output.shape) + 2 * sum(self.bytes_of(value.shape) for value in inputs),
            layer=forward.layer,
            private=private,
            workspace=workspace,
            partial=self.partial(forward),
        )

    def adds(self, forward: ForwardStep) -> bool:
        """Whether a later call of the layer, whose backward came before, has written the gradients of its parameters."""
        params = forward.group.first.params
        again = any(name in self.written for name in params)
        self.written |= set(params)
        return again

    def partial(self, forward: ForwardStep) -> tuple[Buffer, ...]:
        """Add buffers for the gradients of parameters that are then added to those of another call; else none."""
        if not self.adds(forward):
            return ()
        params = forward.group.first.params
        slots, at = self.net.params.slots, len(self.steps)
        return tuple(
            self.plain_buffer(f"d {name} of {forward.name}", slots[name].shape_in_memory, at, self.net.dtype)
            for name in params
        )

    def input_gradients(self, forward: ForwardStep, needed: Sequence[bool]) -> tuple[Buffer | None, ...]:
        """Add buffers for the gradients of those inputs whose gradient is needed."""
        at = len(self.steps)
        return tuple(
            self.buffer(f"d {value.buffer.name}", value.shape, at) if wanted else None
            for wanted, value in zip(needed, forward.inputs, strict=True)
        )

    def read_now(self, buffers: Iterable[Buffer]) -> None:
        """Keep buffers until the next step that is added."""
        for buffer in buffers:
            buffer.read_at(len(self.steps))

    def in_backward(self, buffer: Buffer) -> Buffer:
        """Return where the backward finds a forward's buffer: itself, or a new one that it is computed again in."""
        if buffer not in self.dropped:
            return buffer
        if buffer not in self.recomputed:
            self.recompute(buffer)
        return self.recomputed[buffer]

    def recompute(self, buffer: Buffer) -> None:
        """Add a step that computes a buffer again, in another buffer."""
        forward = self.dropped[buffer]
        found = {value.buffer: self.in_backward(value.buffer) for value in forward.inputs}
        self.read_now([*found.values(), *forward.layer.saved.values()])
        name = f"{forward.name} again"
        self.recomputed[buffer] = self.plain_buffer(name, buffer.shape, len(self.steps), buffer.dtype)
        self.steps.append(
            Recompute(
                name=name,
                kind=forward.kind,
                group=forward.group,
                inputs=tuple(_found(value, found) for value in forward.inputs),
                output=_found(forward.output, self.recomputed),
                flops=forward.flops,
                moved=forward.moved,
                layer=forward.layer,
                workspace=self.workspace(name, forward.layer),
            )
        )

    def contribute(self, gradients: Sequence[tuple[int, Buffer]]) -> None:
        """Make these the gradients of values, or add them to those that the values have.

        All that one step gives come together: a buffer that is the gradient of two values is not the place for the sum of one.
        """
        self.users.update(gradient for _, gradient in gradients)
        for value, gradient in gradients:
            present = self.gradients.get(value)
            self.gradients[value] = gradient if present is None else self.accumulated(value, present, gradient)

    def accumulated(self, value: int, first: Buffer, second: Buffer) -> Buffer:
        """Add the sum of two gradients of a value; return where it is: in one of them if no other value needs that."""
        name, shape = f"d {self.values[value].buffer.name}", self.values[value].shape
        if self.users[second] == 1:
            total = second
        elif self.users[first] == 1:
            total = first
        else:
            total = self.buffer(name, shape, len(self.steps))
        self.read_now([first, second, total])
        self.users[first] -= 1
        self.users[second] -= 1
        self.users[total] += 1
        kind = NativeAccumulate if "add" in self.planned else OpaqueAccumulate
        moved = 3 * self.bytes_of(shape)
        self.steps.append(kind(name=f"sum of {name}", first=first, second=second, total=total, moved=moved))
        return total

    def finished(self) -> StepList:
        """Return the list; what is read after the last step lives as long as it."""
        inputs = range(len(self.net.program.inputs))
        outputs = tuple(self.values[value] for value in self.outputs)
        gradients = tuple(self.gradients.get(value) for value in inputs)
        self.read_now(value.buffer for value in outputs)
        for buffer in self.persistent:
            buffer.first, buffer.last = 0, len(self.steps)
        self.read_now(gradient for gradient in gradients if gradient is not None)
        entries = tuple(self.values[value] for value in inputs)
        return StepList(self.groups, tuple(self.steps), tuple(self.buffers), entries, outputs, gradients)


def _found(value: Value, found: Mapping[Buffer, Buffer]) -> Value:
    """Return a value in the buffer where it is found now."""
    return Value(found.get(value.buffer, value.buffer), value.shape, value.pixels)
