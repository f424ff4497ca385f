"""A plan's arrays and the calls that run it, made on the first use."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from pellucid.kernels import NATIVE, as_logical, fill_images, native, planned_layers
from pellucid.layers.losses import row_shares
from pellucid.nets.execute import loss_of
from pellucid.plan.binding import Binding, Call, state_weights
from pellucid.plan.steps import Step
from pellucid.shapes import Array, ShapeError, check_labels

if TYPE_CHECKING:
    from pellucid.plan.plan import Plan

__all__ = ["Bound", "Calls"]

WORTH_BINDING = 1 << 18  # bytes


class Calls(NamedTuple):
    """What runs a pass, in order; each takes the number of samples."""

    forward: list[Call]
    backward: list[Call]


class Bound:
    """A plan's arrays and calls."""

    def __init__(self, plan: "Plan") -> None:
        net, made = plan.net, plan.schedule
        binding = Binding(net, made, plan.arena, plan.layers, training=plan.is_training)
        self.net, self.batch_size, self.binding = net, plan.batch_size, binding
        images = binding.value(made.input)
        self.images = images if images.ndim == 4 and planned_layers(plan.layers) else None  # native code fills them
        self.input_value = made.input
        self.input = as_logical(images).reshape(plan.batch_size, *net.input_shape)
        self.scores = binding.value(made.scores)
        self.by_step = [(step, [] if step.phase == "loss" else binding.calls(step)) for step in plan.steps]
        self.calls = _calls(self.by_step)
        self.calls_there: tuple[int, Calls | None] | None = None  # those that read a batch at this address
        self.frozen = sorted(net.frozen & set(net.params)) if plan.is_training else []
        self.keep, self.take = state_weights(net)
        if plan.is_training:
            self.loss_call = Loss(plan, binding)
        else:
            binding.fold()

    def fill(self, x: Array) -> int:
        """Copy a batch to where the plan reads it; return the number of rows. Raises ShapeError for one that does not fit."""
        x = self.net.checked_input("loss" if self.binding.training else "predict", x)
        n = len(x)
        if not 1 <= n <= self.batch_size:
            raise ShapeError(f"Plan: a batch must hold 1 to {self.batch_size} rows; it holds {n}")
        if self.images is not None:
            fill_images(self.images[:n], x)
        else:
            np.copyto(self.input[:n], x)
        return n

    def read(self, x: Array) -> tuple[int, Calls]:
        """Check a training batch; return its number of rows and the calls that read it: where it lies if they can, else copied."""
        x = self.net.checked_input("loss", x)
        calls = self.calls_on(x) if len(x) == self.batch_size else None
        return (self.fill(x), self.calls) if calls is None else (len(x), calls)

    def calls_on(self, x: Array) -> Calls | None:
        """Return the calls, those that read the input bound to a whole batch where it lies; None where they cannot be.

        A small batch is sooner copied than bound. The last batch that was read so is kept alive.
        """
        value = self.input_value
        lying = x.transpose(0, 2, 3, 1) if len(value.lying) == 3 else x
        if x.nbytes < WORTH_BINDING or not lying.flags.c_contiguous:
            return None
        place = x.__array_interface__["data"][0]
        if self.calls_there is None or self.calls_there[0] != place:
            self.calls_there = place, self._bound_to(lying.reshape(len(x), *value.lying))
        return self.calls_there[1]

    def _bound_to(self, input: Array) -> Calls | None:
        buffer = self.input_value.buffer
        self.binding.given = {buffer: input}
        try:
            return _calls(
                (step, self.binding.calls(step) if any(v.buffer is buffer for v in step.inputs) else calls)
                for step, calls in self.by_step
            )
        except ValueError:  # it overlaps the plan's own arrays, or is not aligned
            return None
        finally:
            self.binding.given = {}


def _calls(by_step: Iterable[tuple[Step, list[Call]]]) -> Calls:
    phases: dict[str, list[Call]] = {"forward": [], "backward": [], "loss": []}
    for step, calls in by_step:
        phases["backward" if step.phase == "again" else step.phase] += calls
    return Calls(phases["forward"], phases["backward"])


class Loss:
    """The loss of the scores, and their gradient."""

    def __init__(self, plan: "Plan", binding: Binding) -> None:
        made = plan.schedule
        assert made.dscores is not None
        self.plan, self.layers = plan, plan.layers
        self.scores, self.dscores = binding.value(made.scores), binding.array(made.dscores)
        self.labels = np.zeros(plan.batch_size, np.int64)
        self.shares = np.zeros(plan.batch_size, np.float64)
        self.equal_shares_of = 0  # so many rows have equal shares now
        self.call: Callable[[int], float] | None = None
        self.targets: tuple[Array, Array | None] | None = None
        if plan.loss_name == "softmax" and plan.layers.softmax_loss is NATIVE.softmax_loss:
            arrays = self.scores, self.labels, plan.label_smoothing, self.shares, self.dscores
            self.call = native().bound.softmax_loss(None, *arrays, plan.threads)

    def prepare(self, y: Array, weights: Array | None, n: int) -> None:
        """Take a batch's targets."""
        if self.call is None:
            self.targets = y, weights
            return
        if not isinstance(y, np.ndarray) or y.dtype.kind not in "iu" or y.shape != (n,):
            check_labels("softmax_loss", y, n, self.scores.shape[1])
        self.labels[:n] = y
        if weights is not None:
            self.equal_shares_of = 0
            self.shares[:n] = row_shares("softmax_loss", weights, self.scores[:n])
        elif self.equal_shares_of != n:
            self.equal_shares_of = n
            self.shares[:n] = 1 / n

    def __call__(self, n: int) -> float:
        """Return the loss of the first n rows."""
        if self.call is not None:
            try:
                return self.call(n)
            except ValueError:
                check_labels("softmax_loss", self.labels[:n], n, self.scores.shape[1])
                raise
        assert self.targets is not None
        y, weights = self.targets
        plan = self.plan
        value, dscores = loss_of(
            self.scores[:n],
            y,
            loss=plan.loss_name,
            label_smoothing=plan.label_smoothing,
            weights=weights,
            layers=self.layers,
        )
        np.copyto(self.dscores[:n], dscores)
        return value
