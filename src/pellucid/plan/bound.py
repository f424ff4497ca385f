"""A plan's arrays and the calls that run it, made on the first use. `profile.py` and `compare.py` read them."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np

from pellucid.kernels import as_logical, fill_images, planned_layers
from pellucid.kernels.memory import is_dense
from pellucid.nets import Network
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
        images = binding.value(step_list.input)
        self.images = images if images.ndim == 4 and planned_layers(options.layers) else None  # native code fills them
        self.input = as_logical(images).reshape(options.batch_size, *net.input_shape)
        self.scores = binding.value(step_list.scores)
        self.by_step = [(step, binding.calls(step)) for step in design.steps]
        self.calls = _calls(self.by_step)
        self.calls_at: tuple[int, Calls | None] | None = None  # those that read a batch at this address
        self.frozen = sorted(net.frozen & set(net.params)) if options.training else []
        self.keep, self.take = state_weights(net)
        for step in design.steps:
            if isinstance(step, Loss):
                self.loss = bound_loss(options, self.scores, binding.array(step.dscores))
        if not options.training:
            binding.fold()

    def fill(self, x: Array) -> int:
        """Copy a batch to where the plan reads it; return the number of rows. Raises ShapeError for one that does not fit."""
        x = self.net.checked_input("loss" if self.binding.training else "predict", x)
        n = len(x)
        if not 1 <= n <= self.batch_size:
            raise ShapeError(f"Plan: a batch must hold 1 to {self.batch_size} rows; got {n}")
        if self.images is not None:
            fill_images(self.images[:n], x)
        else:
            np.copyto(self.input[:n], x)
        return n

    def read(self, x: Array) -> tuple[int, Calls]:
        """Check a training batch; return its rows and the calls that read it: in place where they can, else from a copy."""
        x = self.net.checked_input("loss", x)
        calls = self.calls_on(x) if len(x) == self.batch_size else None
        return (self.fill(x), self.calls) if calls is None else (len(x), calls)

    def calls_on(self, x: Array) -> Calls | None:
        """Return calls that read a whole batch in place; None where it must be copied.

        x was checked: it has the network's dtype and shape. It is read in place if it is large enough, dense in the order that the
        plan reads, aligned, and apart from what the plan writes. The last batch that was read in place is kept alive.
        """
        value = self.design.step_list.input
        array = x.transpose(0, 2, 3, 1) if len(value.shape) == 3 else x
        if x.nbytes < WORTH_BINDING or not is_dense(array):
            return None
        address = x.__array_interface__["data"][0]
        if self.calls_at is None or self.calls_at[0] != address:
            apart = not any(np.may_share_memory(x, written) for written in self.binding.written())
            self.calls_at = address, self._bound_to(array.reshape(len(x), *value.shape)) if apart else None
        return self.calls_at[1]

    def _bound_to(self, input: Array) -> Calls:
        buffer = self.design.step_list.input.buffer
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
        name: operation.decay for operation in net.program.operations for name in operation.state
    }
    keep, take = net.state.like(), net.state.like()
    for name, decay in decays.items():
        frozen = name in net.frozen
        keep[name][...] = 1 if frozen else decay
        take[name][...] = 0 if frozen else 1 - decay
    return keep.flat, take.flat
