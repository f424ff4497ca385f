"""Plan: one training step, or one inference pass, of a network at a batch size, as an explicit list with its memory planned."""

from collections.abc import Mapping
from threading import get_ident
from typing import Any

import numpy as np

from pellucid.kernels import as_logical
from pellucid.layers import Layers, Loss
from pellucid.nets import Network
from pellucid.nets.arguments import Inputs
from pellucid.optim import Optimizer
from pellucid.plan.bound import Bound
from pellucid.plan.compare import Comparison, compare
from pellucid.plan.describe import describe
from pellucid.plan.design import Design, design_plan
from pellucid.plan.drawing import svg
from pellucid.plan.in_use import PlanTurns
from pellucid.plan.memory import Memory
from pellucid.plan.options import checked_options
from pellucid.plan.profile import Profile, profile
from pellucid.plan.steps import Step
from pellucid.shapes import Array, ShapeError

__all__ = ["Plan"]


class Plan:
    """The operations of one pass, with shapes, memory, FLOPs and bytes known before anything runs.

    >>> from pellucid.nets import Affine, ReLU
    >>> net = Network([Affine(5), ReLU(), Affine(3)], input_shape=(4,), seed=0)
    >>> plan = Plan.training(net, 8)
    >>> loss = plan.loss(np.zeros((2, 4), np.float32), np.array([0, 2]))  # smaller batches run in the same buffers
    >>> round(loss, 4), plan.grads["affine1.weight"].shape
    (1.0986, (4, 5))

    Made by `Plan.training` or `Plan.inference`. A plan reads the network's own parameters: the next pass sees their changes (at
    inference after `refresh`). What a pass returns as a view is overwritten by the next. One plan serves one thread: another that
    calls it meanwhile, or reads results that were overwritten, gets InUseError. `copy.copy(plan)` has arrays of its own.
    """

    def __init__(self, design: Design) -> None:
        self.design = design
        self._bound: Bound | None = None
        self._turns = PlanTurns()

    @classmethod
    def training(
        cls,
        net: Network,
        batch_size: int,
        *,
        layers: Layers | None = None,
        loss: Loss = "softmax",
        label_smoothing: float = 0.0,
        input_gradient: bool = False,
        optimizer: Optimizer | None = None,
        threads: int | None = None,
        algorithms: Mapping[str, str] | None = None,
        recompute: bool = True,
    ) -> "Plan":
        """Plan forward, loss and backward for batches of up to `batch_size` rows.

        layers: the table that computes (the fastest there is unless given). input_gradient: whether `input_gradient()` is
        wanted; the first layer's share of the backward is left out otherwise. optimizer: include its memory and update.
        algorithms: "direct" or "winograd" for a convolution by name, to override the choice by its shape (Winograd for 3x3
        windows of stride 1 in float32, from 8 channels and filters). recompute: whether large outputs of batch norms are
        computed again in the backward where that saves a tenth of the memory or more; the numbers are the same, a step takes a
        few per cent longer. Raises ShapeError for a network or setting that cannot be trained.
        """
        options = checked_options(
            net,
            batch_size,
            training=True,
            layers=layers,
            threads=threads,
            loss=loss,
            label_smoothing=label_smoothing,
            input_gradient=input_gradient,
            optimizer=optimizer,
            algorithms=algorithms,
            recompute=recompute,
        )
        return cls(design_plan(net, options))

    @classmethod
    def inference(
        cls,
        net: Network,
        batch_size: int,
        *,
        layers: Layers | None = None,
        threads: int | None = None,
        algorithms: Mapping[str, str] | None = None,
    ) -> "Plan":
        """Plan the inference forward: running statistics, nothing dropped; batch norms are folded into the weights before them.

        Weights are prepared once; call `refresh` after they have changed.
        """
        options = checked_options(
            net, batch_size, training=False, layers=layers, threads=threads, algorithms=algorithms
        )
        return cls(design_plan(net, options))

    @property
    def net(self) -> Network:
        """The network."""
        return self.design.net

    @property
    def is_training(self) -> bool:
        """Whether it plans a training step, or inference."""
        return self.design.options.training

    @property
    def batch_size(self) -> int:
        """The largest batch that a pass takes."""
        return self.design.options.batch_size

    @property
    def layers(self) -> Layers:
        """The table that computes."""
        return self.design.options.layers

    @property
    def threads(self) -> int:
        """The number of threads that kernels run on."""
        return self.design.options.threads

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps of a pass, in order."""
        return self.design.steps

    def memory(self) -> Memory:
        """Return what the plan needs, before anything runs."""
        return self.design.memory

    def check_memory(self) -> None:
        """Raise PlanTooLargeError where the machine has less than the plan needs; it names the batch size that would fit."""
        self.design.check_memory()

    @property
    def grads(self) -> Any:
        """The gradient of every parameter, by name; overwritten by the next pass."""
        if self._turns.overtaken:
            self._turns.check_results("grads")
        return self.bound.binding.grads

    @property
    def bound(self) -> Bound:
        """The arrays and calls, made on the first use. Raises PlanTooLargeError before anything is allocated."""
        if self._bound is None:
            with self._turns.binding:
                if self._bound is None:
                    self.check_memory()
                    self._bound = Bound(self.design)
        return self._bound

    def loss(self, x: Inputs, y: Array, *, weights: Array | None = None, step: int = 0) -> float:
        """Run forward, loss and backward on 1 to batch_size rows; return the loss (without regularisation).

        x (N, *input_shape); y (N,) labels, or (N, C) numbers for 'mse'; weights (N,) are the rows' weights; step is part of the
        dropout masks' key. Afterwards `grads`, `scores(N)` and `input_gradient(N)` hold the other results. Parameters and
        running statistics do not change.
        """
        if not self.is_training:
            raise ShapeError("Plan.loss: this plan is for inference; make one with Plan.training")
        turns = self._turns
        lock = turns.lock
        if lock.locked():
            raise turns.refusal("loss")
        with lock:
            if turns.thread != get_ident():
                turns.move_to(get_ident())
            bound = self.bound
            n, calls = bound.read(x)
            bound.loss.prepare(y, weights, n)
            bound.binding.step = step
            for call in calls.forward:
                call(n)
            value = bound.loss(n)
            for call in calls.backward:
                call(n)
            for name in bound.frozen:
                bound.binding.grads[name][...] = 0
            return value

    def predict(self, x: Inputs) -> Any:
        """Run the forward over any number of rows, batch after batch; return the scores (N, ...), a copy.

        Of a graph with several outputs, a tuple of arrays.
        """
        if self.is_training:
            raise ShapeError("Plan.predict: this plan is for training; make one with Plan.inference")
        net, arrays = self.net, self.net.checked_inputs("predict", x)
        rows = len(arrays[0])
        outputs = tuple(np.empty((rows, *net.program.shape_of(v)), net.dtype) for v in net.program.outputs)
        if self._turns.lock.locked():
            raise self._turns.refusal("predict")
        with self._turns.lock:
            if self._turns.thread != get_ident():
                self._turns.move_to(get_ident())
            bound = self.bound
            for start in range(0, rows, self.batch_size):
                n = bound.fill_checked(tuple(array[start : start + self.batch_size] for array in arrays))
                for call in bound.calls.forward:
                    call(n)
                for out, found in zip(outputs, bound.outputs, strict=True):
                    out[start : start + n] = as_logical(found)[:n].reshape(n, *out.shape[1:])
        return outputs if len(outputs) > 1 else outputs[0]

    def refresh(self) -> None:
        """Prepare weights again, after the network's parameters or running statistics changed (inference)."""
        if self._turns.lock.locked():
            raise self._turns.refusal("refresh")
        with self._turns.lock:
            self.bound.binding.fold()

    def scores(self, n: int) -> Array:
        """Return the scores of the last pass's n rows, the first output: a view."""
        if self._turns.overtaken:
            self._turns.check_results("scores")
        return as_logical(self.bound.outputs[0])[:n]

    def input_gradient(self, n: int) -> Inputs:
        """Return the gradient of the last pass's input: a view; a tuple where the network has several inputs.

        Raises ShapeError where the plan was made without it.
        """
        if not self.design.options.input_gradient:
            raise ShapeError("Plan.input_gradient: the plan does not compute it; make it with input_gradient=True")
        if self._turns.overtaken:
            self._turns.check_results("input_gradient")
        steps, found = self.design.step_list, []
        for buffer, value, shape in zip(steps.input_gradients, steps.inputs, self.net.program.inputs, strict=True):
            if buffer is None:  # the loss does not depend on it
                found.append(np.zeros((n, *shape), self.net.dtype))
            else:
                array = as_logical(self.bound.binding.array(buffer, value.shape))
                found.append(array.reshape(len(array), *shape)[:n])
        return tuple(found) if len(found) > 1 else found[0]

    def move_running_statistics(self) -> None:
        """Move the network's running statistics towards the last pass's batch (frozen ones do not change)."""
        if self._turns.overtaken:
            self._turns.check_results("move_running_statistics")
        self.bound.move_running_statistics()

    def regularize(self, strength: float) -> None:
        """Add strength * w to the gradient of every weight that decays and learns."""
        stop = self.net.weights_stop
        gradients = self.grads
        gradients.flat[:stop] += strength * self.net.params.flat[:stop]
        for name in self.bound.frozen:
            gradients[name][...] = 0

    def describe(self) -> str:
        """Return the steps as a table: step, kernel, output, FLOPs, bytes, buffers."""
        return describe(self.design)

    def svg(self) -> str:
        """Return a drawing: forward beside backward, with shapes, branches and merges."""
        return svg(self.design)

    def profile(self, x: Inputs | None = None, y: Array | None = None, *, repeats: int = 20) -> Profile:
        """Time each step against what the machine allows; see `plan/profile.py`. Print the result."""
        if self._turns.lock.locked():
            raise self._turns.refusal("profile")
        with self._turns.lock:
            if self._turns.thread != get_ident():
                self._turns.move_to(get_ident())
            return profile(self.bound, x, y, repeats)

    def compare(self, layers: Layers, x: Inputs, y: Array, *, tolerance: float = 1e-4, dtype: Any = None) -> Comparison:
        """Compare this plan with a table of layers, step by step: the first output that differs; see `plan/compare.py`."""
        if self._turns.lock.locked():
            raise self._turns.refusal("compare")
        with self._turns.lock:
            if self._turns.thread != get_ident():
                self._turns.move_to(get_ident())
            return compare(self.bound, layers, x, y, tolerance=tolerance, dtype=dtype)

    def __repr__(self) -> str:
        return self.describe()

    def __getstate__(self) -> dict[str, Any]:
        """Copy and pickle without arrays and calls; they are made again on the first use."""
        return self.__dict__ | {"_bound": None, "_turns": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Take a copy's state: its design, and turns of its own."""
        self.__dict__ |= state | {"_turns": PlanTurns()}

    def _repr_html_(self) -> str:
        return self.svg()
