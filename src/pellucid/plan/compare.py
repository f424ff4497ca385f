"""A plan compared with a table of layers, step by step: names the first output that is outside the tolerance."""

from typing import Any, NamedTuple

import numpy as np

from pellucid.kernels import as_logical
from pellucid.layers import Layers
from pellucid.nets.arguments import Inputs, as_inputs
from pellucid.nets.checks import check_table
from pellucid.nets.execute import infer_forward, loss_of, run_backward, run_forward
from pellucid.nets.lowering import Operation
from pellucid.plan.bound import Bound
from pellucid.plan.steps import BackwardStep, GroupStep, Loss
from pellucid.shapes import Array, ShapeError

__all__ = ["Comparison", "Difference", "compare"]


class Difference(NamedTuple):
    """How far one output of one step is from the other table's."""

    step: str  # "conv2+relu2", "d conv2+relu2"
    output: str  # "out", "d input 0", "conv2.weight"
    error: float  # the largest difference, as a share of the largest value; infinite where only one is finite


class Comparison(NamedTuple):
    """Every output compared, in the order of execution."""

    differences: tuple[Difference, ...]
    tolerance: float

    @property
    def first(self) -> Difference | None:
        """The first output outside the tolerance; None where all agree."""
        return next((d for d in self.differences if not d.error <= self.tolerance), None)

    def __str__(self) -> str:
        worst = max(self.differences, key=lambda d: d.error)
        if self.first is None:
            return (
                f"all {len(self.differences)} outputs agree within {self.tolerance:g}; "
                f"the worst is {worst.output} of {worst.step}: {worst.error:.1e}"
            )
        return f"{self.first.step} is the first to differ: its {self.first.output} by {self.first.error:.1e}"


def compare(bound: Bound, layers: Layers, x: Inputs, y: Array, *, tolerance: float, dtype: Any = None) -> Comparison:
    """Run both on a batch; the other table computes in `dtype` (float64 unless given), each with its own values throughout.

    Each output's error is measured against its largest value; gradients of parameters that are sums near zero (a bias before a
    batch norm) against the layer's largest. Raises ShapeError for a batch the plan cannot take.
    """
    if not tolerance > 0:
        raise ShapeError(f"Plan.compare: tolerance must be positive; got {tolerance}")
    check_table("Plan.compare", layers)
    other = _OtherTable(bound, layers, np.dtype(np.float64 if dtype is None else dtype))
    n = bound.fill(x)
    other.values |= {place: array.astype(other.dtype) for place, array in enumerate(as_inputs(x))}
    if bound.design.options.training:
        bound.loss.prepare(y, None, n)
        bound.binding.step = 0
    differences: list[Difference] = []
    for step, calls in bound.by_step:
        for call in calls:
            call(n)
        match step:
            case Loss():
                bound.loss(n)
                differences.append(other.compare_loss(step, y, n))
            case BackwardStep():
                differences += other.compare_backward(step, n)
            case GroupStep():
                differences.append(other.compare_output(step, n))
    return Comparison(tuple(differences), tolerance)


class _OtherTable:
    """The other table's side: every value and gradient of a pass, by number."""

    def __init__(self, bound: Bound, layers: Layers, dtype: "np.dtype[Any]") -> None:
        self.bound, self.net, self.layers, self.dtype = bound, bound.net, layers, dtype
        self.training = bound.design.options.training
        self.params = {name: array.astype(dtype) for name, array in self.net.params.items()}
        self.state = {name: array.astype(dtype) for name, array in self.net.state.items()}
        self.values: dict[int, Array] = {}
        self.caches: dict[int, Any] = {}
        self.gradients: dict[int, Array] = {}  # of a value: the sum of what every operation gave to it so far
        self.shares: dict[tuple[int, int], Array] = {}  # the gradient that one operation gave to its input at a place
        self.param_gradients: dict[str, Array] = {}
        self.remaining = list(self.net.program.trained)  # whose backward was not run yet

    def run(self, operation: Operation) -> None:
        """Run one operation forward."""
        inputs = [self.values[v] for v in operation.inputs]
        arrays = [self.params[name] for name in operation.params]
        if not self.training:
            out = infer_forward(operation, inputs, arrays, self.state, self.layers)
        else:
            options = operation.training_options(self.net.seed, 0)
            out, self.caches[operation.number] = run_forward(operation, inputs, arrays, options, self.layers)
        self.values[operation.output] = out

    def run_to(self, value: int) -> Array:
        """Run all operations up to the one that writes a value, but those that were run before; return the value."""
        for operation in self.net.program.operations:
            if operation.output not in self.values and operation.output <= value:
                self.run(operation)
        return self.values[value]

    def run_back_to(self, operation: Operation) -> None:
        """Run the backward of every operation down to this one."""
        while self.remaining and self.remaining[-1].number >= operation.number:
            last = self.remaining.pop()
            gradients = run_backward(last, self.gradients[last.output], self.caches.pop(last.number), self.layers)
            for place, (value, gradient) in enumerate(zip(last.inputs, gradients, strict=False)):
                self.shares[last.number, place] = gradient
                present = self.gradients.get(value)
                self.gradients[value] = gradient if present is None else present + gradient
            for name, gradient in zip(last.params, gradients[len(last.inputs) :], strict=True):
                shared = self.param_gradients.get(name)
                self.param_gradients[name] = gradient if shared is None else shared + gradient

    def compare_output(self, step: GroupStep, n: int) -> Difference:
        """Compare what a forward step wrote."""
        expected = self.run_to(step.group.last.output)
        found = as_logical(self.bound.binding.value(step.output))[:n]
        return Difference(step.name, "out", _error(found.reshape(expected.shape), expected))

    def compare_loss(self, step: Loss, y: Array, n: int) -> Difference:
        """Compare the gradient of the scores."""
        options, last = self.bound.design.options, self.net.program.outputs[0]
        _, dscores = loss_of(
            self.run_to(last),
            y,
            loss=options.loss,
            label_smoothing=options.label_smoothing,
            weights=None,
            layers=self.layers,
        )
        self.gradients[last] = dscores
        return Difference("loss", "dscores", _error(self.bound.binding.array(step.dscores)[:n], dscores))

    def compare_backward(self, step: BackwardStep, n: int) -> list[Difference]:
        """Compare the gradients that a backward step wrote."""
        operation, binding = step.group.first, self.bound.binding
        self.run_back_to(operation)
        differences: list[Difference] = []
        for i, (buffer, value) in enumerate(zip(step.input_gradients, step.inputs, strict=True)):
            if buffer is not None:
                expected = self.shares[operation.number, i]
                found = _logical_rows(as_logical(binding.array(buffer, value.shape))[:n], value.pixels)
                error = _error(found.reshape(expected.shape), expected)
                differences.append(Difference(step.name, f"d input {i}", error))
        largest = max((float(np.abs(self.param_gradients[p]).max(initial=0)) for p in operation.params), default=0.0)
        for name in operation.params:
            if name not in self.net.frozen:
                error = _error(binding.grads[name], self.param_gradients[name], largest)
                differences.append(Difference(step.name, name, error))
        return differences


def _logical_rows(rows: Array, pixels: int) -> Array:
    """Return a gradient in logical order: rows of flattened channels-last images are (pixel, channel)."""
    return rows if pixels == 1 or rows.ndim == 4 else rows.reshape(len(rows), pixels, -1).transpose(0, 2, 1)


def _error(found: Array, expected: Array, scale: float = 0.0) -> float:
    """Return the largest difference as a share of the largest value; infinite where only one side is finite."""
    finite = np.isfinite(expected)
    if not np.array_equal(np.isfinite(found), finite):
        return float("inf")
    largest = max(scale, float(np.abs(expected[finite]).max(initial=0)))
    difference = float(np.abs(found[finite] - expected[finite]).max(initial=0))
    return difference / largest if largest else difference
