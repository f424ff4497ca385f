"""A plan's arrays and the calls that run it, made on the first use. `profile.py` and `compare.py` read them."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np

from pellucid.kernels import as_logical, fill_images, planned_layers
from pellucid.kernels.memory import is_dense
from pellucid.nets import Network
from pellucid.nets.arguments import Inputs
from pellucid.plan.arena import Buffer
from pellucid.plan.binding import Binding, Call
from pellucid.plan.design import Design
from pellucid.plan.loss import bound_loss
from pellucid.plan.steps import GroupStep, Loss, Step
from pellucid.shapes import Array, ShapeError

__all__ = ["Bound", "Calls"]

WORTH_BINDING = 1 << 18  # bytes; a smaller batch is copied faster than calls are bound to it


class Calls(NamedTuple):
    """What runs a pass, in order, except the loss; each call takes the number of samples."""

    forward: list[Call]
    backward: list[Call]


class Bound:
    """A plan's arrays and calls."""

    def __init__(self, design: Design) -> None:
        net, options, step_list = design.net, design.options, design.step_list
        self.design, self.net, self.batch_size = design, net, options.batch_size
        self.binding = binding = Binding(design)
        self.images = [binding.value(value) for value in step_list.inputs]  # in memory order
        self.inputs = [
            as_logical(array).reshape(options.batch_size, *shape)
            for array, shape in zip(self.images, net.program.inputs, strict=True)
        ]
        self.fills_images = bool(planned_layers(options.layers))  # by native code
        self.outputs = [binding.value(value) for value in step_list.outputs]
        self.by_step = [(step, binding.calls(step)) for step in design.steps]
        self.calls = _calls(self.by_step)
        self.calls_at: tuple[int, Calls | None] | None = None  # those that read a batch at this address
        self.frozen = sorted(net.frozen & set(net.params)) if options.training else []
        self.keep, self.take = state_weights(net)
        for step in design.steps:
            if isinstance(step, Loss):
                self.loss = bound_loss(options, self.outputs[0], binding.array(step.dscores))
        if not options.training:
            binding.fold()

    def fill(self, x: Inputs) -> int:
        """Copy a batch to where the plan reads it; return the number of rows. Raises ShapeError for one that does not fit."""
        return self.fill_checked(self.net.checked_inputs("loss" if self.binding.training else "predict", x))

    def fill_checked(self, x: tuple[Array, ...]) -> int:
        """Copy a batch that was checked, one array for each input; return the number of rows."""
        n = len(x[0])
        if not 1 <= n <= self.batch_size:
            raise ShapeError(f"Plan: a batch must hold 1 to {self.batch_size} rows; got {n}")
        for image, target, array in zip(self.images, self.inputs, x, strict=True):
            if image.ndim == 4 and self.fills_images:
                fill_images(image[:n], array)
            else:
                np.copyto(target[:n], array)
        return n

    def read(self, x: Inputs) -> tuple[int, Calls]:
        """Check a training batch; return its rows and the calls that read it: in place where they can, else from a copy.

        Only a network with one input reads in place.
        """
        arrays = self.net.checked_inputs("loss", x)
        whole = len(arrays) == 1 and len(arrays[0]) == self.batch_size
        calls = self.calls_on(arrays[0]) if whole else None
        return (self.fill_checked(arrays), self.calls) if calls is None else (len(arrays[0]), calls)

    def move_running_statistics(self) -> None:
        """Move the network's running statistics towards the last pass's batch (frozen ones do not change)."""
        net, binding = self.net, self.binding
        if self.keep.size:
            flat = net.state.flat
            flat *= self.keep
            flat += self.take * binding.batch_state.flat
        for operation in net.program.trained if binding.later_state else ():
            for name, batch in zip(operation.state, binding.later_state.get(operation.name, ()), strict=False):
                if name not in net.frozen:
                    state = net.state[name]
                    state *= operation.decay
                    state += (1 - operation.decay) * batch

    def calls_on(self, x: Array) -> Calls | None:
        """Return calls that read a whole batch in place; None where it must be copied.

        x was checked: it has the network's dtype and shape. It is read in place if it is large enough, dense in the order that the
        plan reads, aligned, and apart from what the plan writes. The last batch that was read in place is kept alive.
        """
        value = self.design.step_list.inputs[0]
        array = x.transpose(0, 2, 3, 1) if len(value.shape) == 3 else x
        if x.nbytes < WORTH_BINDING or not is_dense(array):
            return None
        address = x.__array_interface__["data"][0]
        if self.calls_at is None or self.calls_at[0] != address:
            apart = not any(np.may_share_memory(x, written) for written in self.binding.written())
            self.calls_at = address, self._bound_to(array.reshape(len(x), *value.shape)) if apart else None
        return self.calls_at[1]

    def _bound_to(self, input: Array) -> Calls:
        buffer = self.design.step_list.inputs[0].buffer
        self.binding.substitutes = {buffer: input}
        try:
            return _calls(
                (step, self.binding.calls(step) if _reads(step, buffer) else calls) for step, calls in self.by_step
            )
        finally:
            self.binding.substitutes = {}


def _reads(step: Step, buffer: Buffer) -> bool:
    return isinstance(step, GroupStep) and any(value.buffer is buffer for value in step.inputs)


def _calls(by_step: Iterable[tuple[Step, list[Call]]]) -> Calls:
    calls = Calls([], [])
    for step, bound in by_step:
        (calls.forward if step.phase == "forward" else calls.backward).extend(bound)
    return calls


def state_weights(net: Network) -> tuple[Array, Array]:
    """Return, for each entry of the running statistics, the share of the old value and that of the batch's."""
    decays: Mapping[str, float] = {
        name: operation.decay for operation in net.program.trained for name in operation.state
    }
    keep, take = net.state.like(), net.state.like()
    keep.flat[:] = 1
    for name, decay in decays.items():
        frozen = name in net.frozen
        keep[name][...] = 1 if frozen else decay
        take[name][...] = 0 if frozen else 1 - decay
    return keep.flat, take.flat
