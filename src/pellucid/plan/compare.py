"""A plan and a table of layers in step: the first operation whose output leaves the tolerance has a name."""

from typing import Any, NamedTuple

import numpy as np

from pellucid.kernels import as_logical
from pellucid.layers import Layers
from pellucid.nets.checks import check_table
from pellucid.nets.execute import infer_forward, loss_of, run_backward, run_forward
from pellucid.nets.lowering import Operation
from pellucid.plan.plan import Plan
from pellucid.plan.steps import Step
from pellucid.shapes import Array, ShapeError

__all__ = ["Comparison", "Difference", "compare"]


class Difference(NamedTuple):
    """One output of one step, beside the other table's."""

    step: str  # "conv2+relu2", "d conv2+relu2"
    output: str  # "out", "d input 0", "conv2.weight"
    error: float  # the largest difference, as a share of the largest value; infinite where only one is finite


class Comparison(NamedTuple):
    """Every output compared, in the order of execution."""

    differences: tuple[Difference, ...]
    tolerance: float

    @property
    def first(self) -> Difference | None:
        """The first output that leaves the tolerance; None where all agree."""
        return next((d for d in self.differences if not d.error <= self.tolerance), None)

    def __str__(self) -> str:
        worst = max(self.differences, key=lambda d: d.error)
        if self.first is None:
            return (
                f"all {len(self.differences)} outputs agree within {self.tolerance:g}; "
                f"the worst is {worst.output} of {worst.step}: {worst.error:.1e}"
            )
        return f"{self.first.step} is the first to differ: its {self.first.output} by {self.first.error:.1e}"


def compare(plan: Plan, layers: Layers, x: Array, y: Array, *, tolerance: float, dtype: Any = None) -> Comparison:
    """Run both on a batch; the other side computes in `dtype` (float64 unless given), each with its own values throughout.

    Each output's error is measured against its largest value; gradients of parameters that are sums near zero (a bias before a
    batch norm) against the layer's largest. Raises ShapeError for a batch the plan cannot take.
    """
    if not tolerance > 0:
        raise ShapeError(f"Plan.compare: tolerance must be positive; it is {tolerance}")
    check_table("Plan.compare", layers)
    other = _Other(plan, layers, np.dtype(np.float64 if dtype is None else dtype), len(x))
    bound = plan.bound
    n = bound.fill(x)
    other.values[0] = x.astype(other.dtype)
    if plan.is_training:
        bound.loss_call.prepare(y, None, n)
        bound.binding.step = 0
    found: list[Difference] = []
    for step, calls in bound.by_step:
        if step.phase == "loss":
            bound.loss_call(n)
            dscores = other.loss(y)
            assert plan.schedule.dscores is not None
            found.append(Difference("loss", "dscores", _error(bound.binding.array(plan.schedule.dscores)[:n], dscores)))
            continue
        for call in calls:
            call(n)
        if step.group is None:
            continue
        found += other.backward(step, n) if step.phase == "backward" else other.forward(step, n)
    return Comparison(tuple(found), tolerance)


class _Other:
    """The other table's side: every value and gradient of a pass, kept by number."""

    def __init__(self, plan: Plan, layers: Layers, dtype: "np.dtype[Any]", n: int) -> None:
        self.plan, self.layers, self.dtype, self.n = plan, layers, dtype, n
        self.params = {name: array.astype(dtype) for name, array in plan.net.params.items()}
        self.state = {name: array.astype(dtype) for name, array in plan.net.state.items()}
        self.values: dict[int, Array] = {}
        self.caches: dict[int, Any] = {}
        self.gradients: dict[int, Array] = {}
        self.own: dict[tuple[int, int], Array] = {}  # the gradient that one operation gives to one value
        self.of_params: dict[str, Array] = {}
        self.left = list(plan.net.program.operations)

    def run(self, operation: Operation) -> None:
        """Run one operation forward."""
        inputs = [self.values[v] for v in operation.inputs]
        arrays = [self.params[name] for name in operation.params]
        if not self.plan.is_training:
            out = infer_forward(operation, inputs, arrays, self.state, self.layers)
        else:
            options = operation.training_options(self.plan.net.seed, 0)
            out, self.caches[operation.number] = run_forward(operation, inputs, arrays, options, self.layers)
        self.values[operation.output] = out

    def up_to(self, value: int) -> Array:
        """Run every operation that is still to be run up to the one that writes a value; return it."""
        for operation in self.plan.net.program.operations:
            if operation.output not in self.values and operation.output <= value:
                self.run(operation)
        return self.values[value]

    def forward(self, step: Step, n: int) -> list[Difference]:
        """Compare what a forward step wrote."""
        assert step.group is not None
        assert step.output is not None
        expected = self.up_to(step.group.last.output)
        found = as_logical(self.plan.bound.binding.value(step.output))[:n]
        return [Difference(step.name, "out", _error(found.reshape(expected.shape), expected))]

    def loss(self, y: Array) -> Array:
        """Compute the loss; return dscores."""
        plan = self.plan
        scores = self.up_to(plan.net.program.operations[-1].output)
        how = {"loss": plan.loss_name, "label_smoothing": plan.label_smoothing}
        _, dscores = loss_of(scores, y, weights=None, layers=self.layers, **how)  # type: ignore[arg-type]
        self.gradients[plan.net.program.operations[-1].output] = dscores
        return dscores

    def back_to(self, operation: Operation) -> None:
        """Run the backward of every operation down to this one."""
        while self.left and self.left[-1].number >= operation.number:
            last = self.left.pop()
            gradients = run_backward(last, self.gradients[last.output], self.caches.pop(last.number), self.layers)
            for value, gradient in zip(last.inputs, gradients, strict=False):
                there = self.gradients.get(value)
                self.gradients[value] = gradient if there is None else there + gradient
                self.own[last.number, value] = gradient
            self.of_params.update(zip(last.params, gradients[len(last.inputs) :], strict=True))

    def backward(self, step: Step, n: int) -> list[Difference]:
        """Compare the gradients that a backward step wrote."""
        assert step.group is not None
        operation, binding = step.group.first, self.plan.bound.binding
        self.back_to(operation)
        found: list[Difference] = []
        for i, (value, buffer, kept) in enumerate(
            zip(operation.inputs, step.input_gradients, step.inputs, strict=True)
        ):
            if buffer is None:
                continue
            expected = self.own[operation.number, value]
            got = as_logical(binding.array(buffer, kept.lying))[:n]
            found.append(Difference(step.name, f"d input {i}", _error(_like(got, expected, kept.pixels), expected)))
        largest = max((float(np.abs(self.of_params[p]).max(initial=0)) for p in operation.params), default=0.0)
        for name in operation.params:
            if name not in self.plan.net.frozen:
                error = _error(self.plan.grads[name], self.of_params[name], largest)
                found.append(Difference(step.name, name, error))
        return found


def _like(got: Array, expected: Array, pixels: int) -> Array:
    """Return a gradient of rows in logical order: those of flattened channels-last images are (pixel, channel)."""
    if pixels == 1 or got.ndim == 4:
        return got.reshape(expected.shape)
    return got.reshape(len(got), pixels, -1).transpose(0, 2, 1).reshape(expected.shape)


def _error(found: Array, expected: Array, scale: float = 0.0) -> float:
    """Return the largest difference as a share of the largest value; infinite where only one side is finite."""
    finite = np.isfinite(expected)
    if not np.array_equal(np.isfinite(found), finite):
        return float("inf")
    largest = max(scale, float(np.abs(expected[finite]).max(initial=0)))
    difference = float(np.abs(found[finite] - expected[finite]).max(initial=0))
    return difference / largest if largest else difference
