"""Plan: one training step, or one inference pass, of a network at a batch size, as an explicit list with its memory planned."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from pellucid.kernels import as_logical, default_threads, fastest_layers
from pellucid.layers import Layers
from pellucid.nets import LOSSES, Network
from pellucid.nets.checks import check_network, check_table
from pellucid.optim import Optimizer
from pellucid.plan.algorithms import checked_algorithms
from pellucid.plan.arena import Arena
from pellucid.plan.bound import Bound
from pellucid.plan.memory import Memory, PlanTooLargeError, available_memory, readable
from pellucid.plan.schedule import schedule
from pellucid.plan.steps import Schedule, Step
from pellucid.shapes import Array, ShapeError, check_number, check_whole

__all__ = ["Plan"]

MOST_ROWS = 2**31 - 1  # of a batch: sizes in bytes stay below 2**63
LEANER = 0.9  # computing activations again must save a tenth of the arena


class Plan:
    """The operations of one pass, with shapes, memory, FLOPs and bytes known before anything runs.

    >>> from pellucid.nets import Affine, ReLU
    >>> net = Network([Affine(5), ReLU(), Affine(3)], input_shape=(4,), seed=0)
    >>> plan = Plan.training(net, 8)
    >>> loss = plan.loss(np.zeros((2, 4), np.float32), np.array([0, 2]))  # smaller batches run in the same buffers
    >>> round(loss, 4), plan.grads["affine1.weight"].shape
    (1.0986, (4, 5))

    Made by `Plan.training` or `Plan.inference`. A plan reads the network's parameters where they lie: a change of theirs is
    seen by the next pass (at inference after `refresh`). What a pass returns as a
    view is overwritten by the next. One plan serves one thread.
    """

    def __init__(
        self,
        net: Network,
        batch_size: int,
        *,
        training: bool,
        layers: Layers | None,
        threads: int | None,
        loss: str = "softmax",
        label_smoothing: float = 0.0,
        input_gradient: bool = False,
        optimizer: Optimizer | None = None,
        algorithms: Mapping[str, str] | None = None,
        recompute: bool = True,
    ) -> None:
        self.net, self.is_training = check_network("Plan", net), training
        self.batch_size = check_whole("Plan", "batch_size", batch_size, most=MOST_ROWS)
        self.layers = check_table("Plan", fastest_layers() if layers is None else layers)
        self.threads = default_threads() if threads is None else check_whole("Plan", "threads", threads)
        if loss not in LOSSES:
            raise ShapeError(f"Plan: loss must be one of {', '.join(LOSSES)}; it is {loss!r}")
        check_number("Plan", "label_smoothing", label_smoothing, least=0, below=1)
        if training and len(net.output_shape) != 1:
            raise ShapeError(f"Plan: the network must end in one score a class; it makes {net.output_shape}")
        self.loss_name, self.label_smoothing, self.optimizer = loss, label_smoothing, optimizer
        self.recompute = recompute
        self.input_gradient_wanted = input_gradient
        self.algorithms = checked_algorithms(net, algorithms)
        self.schedule: Schedule = self._schedule(self.batch_size)
        self.arena = Arena(self.schedule.buffers)
        self.steps: tuple[Step, ...] = tuple(self.schedule.steps)
        self._bound: Bound | None = None

    @classmethod
    def training(
        cls,
        net: Network,
        batch_size: int,
        *,
        layers: Layers | None = None,
        loss: str = "softmax",
        label_smoothing: float = 0.0,
        input_gradient: bool = False,
        optimizer: Optimizer | None = None,
        threads: int | None = None,
        algorithms: Mapping[str, str] | None = None,
        recompute: bool = True,
    ) -> "Plan":
        """Plan forward, loss and backward for batches of up to `batch_size` rows.

        layers: the table that computes (the fastest there is unless given). input_gradient: whether `input_gradient()` is
        wanted; the first layer's share of the backward is left out otherwise. optimizer: whose memory and update are counted
        in. algorithms: "direct" or "winograd" for a convolution by name, where its shape's own choice (Winograd for 3x3 windows
        of stride 1 in float32, from 8 channels and filters) is not wanted. recompute: whether large outputs of batch norms are
        computed again in the backward, where that saves a tenth of the memory or more; the numbers are the same, a step takes a
        few per cent longer. Raises ShapeError for a network or setting that cannot be trained.
        """
        return cls(
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
        """Plan the inference forward: running statistics, nothing dropped; batch norms are folded into weights before them.

        Weights are made ready once; call `refresh` after they have changed.
        """
        return cls(net, batch_size, training=False, layers=layers, threads=threads, algorithms=algorithms)

    def memory(self) -> Memory:
        """Return what the plan needs, before anything runs."""
        parameters = self.net.params.flat.nbytes
        moments = 0
        if self.optimizer is not None:
            moments = _moments(self.optimizer) * parameters
        return Memory(
            arena=self.arena.bytes,
            activations=sum(buffer.bytes for buffer in self.schedule.buffers),
            parameters=parameters,
            gradients=parameters if self.is_training else 0,
            optimizer=moments,
        )

    def check_memory(self) -> None:
        """Raise PlanTooLargeError, which names the batch size that would fit, where the machine has less than the plan needs."""
        available, memory = available_memory(), self.memory()
        needed = memory.arena + memory.gradients
        if available is None or needed <= available:
            return
        fits, above = 0, self.batch_size  # the largest batch that fits, by halving
        while above - fits > 1:
            middle = (fits + above) // 2
            if Arena(self._schedule(middle).buffers).bytes + memory.gradients <= available:
                fits = middle
            else:
                above = middle
        cure = f"a batch of {fits} would fit" if fits else "not even a batch of 1 would fit"
        raise PlanTooLargeError(
            f"Plan: batch_size {self.batch_size} needs {readable(needed)} and there are {readable(available)}; {cure}"
        )

    @property
    def grads(self) -> Any:
        """The gradient of every parameter, by name; overwritten by the next pass."""
        return self.bound.binding.grads

    @property
    def bound(self) -> "Bound":
        """The arrays and calls, made on the first use. Raises PlanTooLargeError before anything is allocated."""
        if self._bound is None:
            self.check_memory()
            self._bound = Bound(self)
        return self._bound

    def loss(self, x: Array, y: Array, *, weights: Array | None = None, step: int = 0) -> float:
        """Run forward, loss and backward on 1 to batch_size rows; return the loss (without regularisation).

        x (N, *input_shape); y (N,) labels, or (N, C) numbers for 'mse'; weights (N,) are the rows' weights; step is part of the
        dropout masks' key. Afterwards `grads`, `scores(N)` and `input_gradient(N)` hold the rest. Parameters and running
        statistics stay.
        """
        if not self.is_training:
            raise ShapeError("Plan.loss: this is a plan of inference; make one with Plan.training")
        bound = self.bound
        n, calls = bound.read(x)
        bound.loss_call.prepare(y, weights, n)
        bound.binding.step = step
        for call in calls.forward:
            call(n)
        value = bound.loss_call(n)
        for call in calls.backward:
            call(n)
        for name in bound.frozen:
            self.grads[name][...] = 0
        return value

    def predict(self, x: Array) -> Array:
        """Run the forward over any number of rows, batch after batch; return the scores (N, ...), a copy."""
        if self.is_training:
            raise ShapeError("Plan.predict: this is a plan of training; make one with Plan.inference")
        x = self.net.checked_input("predict", x)
        out = np.empty((len(x), *self.net.output_shape), self.net.dtype)
        for start in range(0, len(x), self.batch_size):
            n = self.bound.fill(x[start : start + self.batch_size])
            for call in self.bound.calls.forward:
                call(n)
            out[start : start + n] = self.scores(n)
        return out

    def refresh(self) -> None:
        """Make weights ready again, after the network's parameters or running statistics changed (inference)."""
        self.bound.binding.fold()

    def scores(self, n: int) -> Array:
        """Return the scores of the last pass's n rows: a view."""
        return as_logical(self.bound.scores)[:n]

    def input_gradient(self, n: int) -> Array:
        """Return the gradient of the last pass's input: a view. Raises ShapeError where the plan was made without it."""
        buffer = self.schedule.input_gradient
        if buffer is None:
            raise ShapeError("Plan.input_gradient: the plan was made without; pass input_gradient=True")
        lying = self.schedule.input.lying
        gradient = as_logical(self.bound.binding.array(buffer, lying))
        return gradient.reshape(len(gradient), *self.net.input_shape)[:n]

    def move_running_statistics(self) -> None:
        """Let the network's running statistics follow the last pass's batch (those frozen stay)."""
        bound = self.bound
        if bound.keep.size:
            flat = self.net.state.flat
            flat *= bound.keep
            flat += bound.take * bound.binding.batch_state.flat

    def regularize(self, strength: float) -> None:
        """Add strength * w to the gradient of every weight that decays and learns."""
        stop = self.net.weights_stop
        self.grads.flat[:stop] += strength * self.net.params.flat[:stop]
        for name in self.bound.frozen:
            self.grads[name][...] = 0

    def describe(self) -> str:
        """Return the list as a table: step, kernel, output, FLOPs, bytes, buffers."""
        from pellucid.plan.describe import describe

        return describe(self)

    def svg(self) -> str:
        """Return a drawing: forward beside backward, with shapes, branches and merges."""
        from pellucid.plan.drawing import svg

        return svg(self)

    def profile(self, x: Array | None = None, y: Array | None = None, *, repeats: int = 20) -> Any:
        """Time each step against what the machine allows; see `plan/profile.py`. Print the result."""
        from pellucid.plan.profile import profile

        return profile(self, x, y, repeats)

    def compare(self, layers: Layers, x: Array, y: Array, *, tolerance: float = 1e-4, dtype: Any = None) -> Any:
        """Run this plan and a table of layers in step; name the first operation whose output differs; see `plan/compare.py`."""
        from pellucid.plan.compare import compare

        return compare(self, layers, x, y, tolerance=tolerance, dtype=dtype)

    def __repr__(self) -> str:
        return self.describe()

    def __getstate__(self) -> dict[str, Any]:
        """Copy and pickle without arrays and calls; they are made again on the first use."""
        return self.__dict__ | {"_bound": None, "arena": Arena(self.schedule.buffers)}

    def _repr_html_(self) -> str:
        return self.svg()

    def _schedule(self, samples: int) -> Schedule:
        lean = self._scheduled(samples, recompute=self.recompute)
        if not any(step.phase == "again" for step in lean.steps):
            return lean
        plain = self._scheduled(samples, recompute=False)
        return lean if Arena(lean.buffers).bytes < LEANER * Arena(plain.buffers).bytes else plain

    def _scheduled(self, samples: int, *, recompute: bool) -> Schedule:
        return schedule(
            self.net,
            samples,
            layers=self.layers,
            training=self.is_training,
            input_gradient=self.input_gradient_wanted,
            threads=self.threads,
            algorithms=self.algorithms,
            recompute=recompute,
        )


def _moments(optimizer: Optimizer) -> int:
    """Return how many arrays like the parameters an update rule keeps."""
    from pellucid.optim import REFERENCE_RULES

    return len(optimizer.rule(REFERENCE_RULES).init(np.zeros(1, np.float32)))
