"""Stepper: what one training step needs (network, plan, update, moments), and the step itself at a given learning rate."""

import math
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from pellucid.layers import Layers, Loss, checked_loss
from pellucid.nets import Network
from pellucid.nets.arguments import Inputs, as_inputs
from pellucid.nets.checks import check_network, check_table
from pellucid.optim import Averaging, Optimizer, UpdateRules, WeightAverage, scale_to_norm
from pellucid.plan import InUseError, Plan, Update, bound_update
from pellucid.shapes import Array, ShapeError, check_number, check_whole
from pellucid.train.not_finite import error_of

__all__ = ["StepResult", "Stepper"]


STEP_UNDER_WAY = (
    "Trainer: a step is being made, by another thread or by the one from within which this call comes; a trainer serves one "
    "thread: give each a trainer and a network of its own, copy.deepcopy(trainer)"
)
RUN_UNDER_WAY = (
    "Trainer: a run is under way (`fit` has not returned, or a stream of `events` was neither read to its end nor closed); train "
    "after it, or with a trainer and a network of its own, copy.deepcopy(trainer)"
)


class StepResult(NamedTuple):
    """The results of one update."""

    loss: float  # before the update, with regularization
    scores: Array  # (N, C), a view that the next step overwrites
    gradient_norm: float  # before clipping


class Planned(NamedTuple):
    """The plan of a step and its update, made for these frozen parameters."""

    frozen: frozenset[str]
    plan: Plan
    update: Update


class Stepper:
    """Makes updates of a network, one batch at a time. `Trainer` says what the settings mean."""

    def __init__(
        self,
        net: Network,
        optimizer: Optimizer,
        *,
        batch_size: int,
        layers: Layers,
        rules: UpdateRules,
        loss: Loss = "softmax",
        label_smoothing: float = 0.0,
        reg: float = 0.0,
        clip_norm: float | None = None,
        average: Averaging | None = None,
        accumulate: int = 1,
    ) -> None:
        if not isinstance(optimizer, Optimizer):
            raise ShapeError(f"Trainer: optimizer must be one of pellucid.optim, such as Adam(); got {optimizer!r}")
        self.batch_size = check_whole("Trainer", "batch_size", batch_size)
        check_number("Trainer", "reg", reg, minimum=0)
        if clip_norm is not None:
            check_number("Trainer", "clip_norm", clip_norm, above=0)
        self.net = check_network("Trainer", net)
        self.layers = check_table("Trainer", layers)
        self.loss = checked_loss("Trainer", loss)
        self.label_smoothing, self.reg, self.clip_norm = label_smoothing, reg, clip_norm
        self._optimizer = optimizer
        self.rule = optimizer.rule(rules)
        self.moments = self.rule.init(net.params.flat)  # the rule's state: arrays like the flat buffer
        self.steps_done = 0
        if average is not None and not isinstance(average, Averaging):
            raise ShapeError(f"Trainer: average must be EMA(), SWA() or None; got {average!r}")
        self.average = None if average is None else WeightAverage(average, (net.params.flat, net.state.flat))
        self.accumulate = check_whole("Trainer", "accumulate", accumulate, maximum=self.batch_size)
        self._planned: Planned | None = None
        self._turn = threading.Lock()  # held during a step
        self._run: object | None = None  # the run under way: only it makes steps
        self._run_thread = 0

    @property
    def optimizer(self) -> Optimizer:
        """The optimizer's settings; they may be replaced between two steps, by an optimizer of the same kind."""
        return self._optimizer

    @optimizer.setter
    def optimizer(self, optimizer: Optimizer) -> None:
        current = self._optimizer
        if not isinstance(optimizer, Optimizer) or type(optimizer) is not type(current):
            raise ShapeError(
                f"Trainer: optimizer may only be replaced by one of its kind, {type(current).__name__}, whose moments "
                f"it continues; got {optimizer!r}"
            )
        self._optimizer = optimizer
        if replace(optimizer, learning_rate=current.learning_rate) != current:
            self._planned = None  # the update is bound to the other settings

    def use_loss(self, loss: Loss) -> None:
        """Take another loss, before the first step."""
        self.loss, self._planned = checked_loss("Trainer", loss), None

    @property
    def plan(self) -> Plan:
        """The plan that steps run: made on the first use, and again after parameters are frozen or unfrozen."""
        return self._current().plan

    @property
    def update(self) -> Update:
        """The update, bound to the plan's gradients."""
        return self._current().update

    @property
    def part_size(self) -> int:
        """The rows that the plan computes at once: a batch, or a part of one."""
        return -(-self.batch_size // self.accumulate)

    def averaged(self) -> AbstractContextManager[None]:
        """Return a block in which the network holds the averaged weights, if there is an average."""
        return nullcontext() if self.average is None else self.average.in_place()

    def step(
        self,
        x: Inputs,
        y: Array,
        weights: Array | None,
        *,
        learning_rate: float,
        rows: Array | None = None,
        run: object | None = None,
    ) -> StepResult:
        """Make one update on a batch of 1 to batch_size rows. The scores are overwritten by the next.

        weights (N,) are the rows' weights; rows (N,), their numbers in the data set, are for messages; run is the run that the
        step belongs to. Raises NotFiniteError, and changes nothing, where the loss or a gradient is NaN or infinite, and InUseError
        while another step is made or another run is under way.
        """
        turn = self._turn
        if turn.locked():
            raise InUseError(STEP_UNDER_WAY)
        with turn:
            if self._run is not run:
                raise InUseError(RUN_UNDER_WAY)
            return self._step(x, y, weights, learning_rate, rows)

    def _step(self, x: Inputs, y: Array, weights: Array | None, learning_rate: float, rows: Array | None) -> StepResult:
        count = len(as_inputs(x)[0])
        if not 1 <= count <= self.batch_size:
            raise ShapeError(f"Trainer.step: a batch must hold 1 to {self.batch_size} rows; got {count}")
        _, plan, update = self._current()
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # reported by name below
            if self.accumulate == 1:
                loss, scores = plan.loss(x, y, weights=weights, step=self.steps_done), plan.scores(count)
            else:
                loss, scores = self._in_parts(plan, update, x, y, weights)
            if self.reg:
                decaying = self.net.params.flat[: self.net.weights_stop]
                loss += 0.5 * self.reg * float(np.square(decaying, dtype=np.float64).sum())
                plan.regularize(self.reg)
            norm = update.gradient_norm()
        if not math.isfinite(loss) or not math.isfinite(norm):
            raise error_of(self.net, self.layers, plan.grads, x, y, rows, loss=loss, steps_done=self.steps_done)
        gradients = update.gradients
        if self.clip_norm is not None and norm > self.clip_norm:
            scale_to_norm(gradients, norm, self.clip_norm)
        update(gradients, self.steps_done + 1, learning_rate)
        if self.accumulate == 1 and self.net.state.flat.size:
            plan.move_running_statistics()
        self.steps_done += 1
        return StepResult(loss, scores, norm)

    def _in_parts(self, plan: Plan, update: Update, x: Inputs, y: Array, weights: Array | None) -> tuple[float, Array]:
        """Compute the loss and the gradient of a batch as the weighted mean of those of its parts; move running statistics."""
        arrays, state, gradients = as_inputs(x), self.net.state.flat.copy(), update.gradients
        total, loss, scores = np.zeros_like(gradients), 0.0, []
        whole = float(len(y) if weights is None else weights.sum())
        try:
            for number, start in enumerate(range(0, len(y), self.part_size)):
                rows = slice(start, start + self.part_size)
                part = tuple(array[rows] for array in arrays)
                own = None if weights is None else weights[rows]
                share = float(len(y[rows]) if own is None else own.sum()) / whole
                key = self.steps_done * self.accumulate + number  # each part drops entries of its own
                loss += share * plan.loss(part if len(part) > 1 else part[0], y[rows], weights=own, step=key)
                total += share * gradients
                scores.append(plan.scores(len(y[rows])).copy())
                plan.move_running_statistics()
        except BaseException:  # of a part that is refused, or Ctrl-C: the step is not made
            self.net.state.flat[...] = state
            raise
        if not np.isfinite(loss) or not np.isfinite(total).all():
            self.net.state.flat[...] = state  # the step is not made
        gradients[...] = total
        return loss, np.concatenate(scores)

    @contextmanager
    def held_by(self, run: object) -> Iterator[None]:
        """Let only this run make steps while the block runs. Raises InUseError while a step is made or another run is under way."""
        try:
            if self._turn.locked():
                raise InUseError(STEP_UNDER_WAY)
            with self._turn:
                if self._run is not None:
                    raise InUseError(RUN_UNDER_WAY)
                self._run, self._run_thread = run, threading.get_ident()
            yield
        finally:
            if self._run is run:
                self._run = None

    @contextmanager
    def unchanged(self, call: str) -> Iterator[None]:
        """Raise InUseError where another thread trains, or did so while the block ran: what was read would be of no one moment."""
        refusal = InUseError(
            f"{call}: another thread trains this network; call it between two steps of that thread, in `on_event`, or after the "
            "training"
        )
        steps, run = self.steps_done, self._run
        if self._trains_elsewhere():
            raise refusal
        yield
        if self._trains_elsewhere() or self._run is not run or self.steps_done != steps:
            raise refusal

    def _trains_elsewhere(self) -> bool:
        in_other_thread = self._run is not None and self._run_thread != threading.get_ident()
        return self._turn.locked() or in_other_thread

    def named_moments(self) -> dict[str, Array]:
        """Return the state of optimizer and average by name, `optimizer/m/conv1.weight`: views of the flat buffers."""
        moments = {
            f"optimizer/{slot}/{name}": array
            for slot, flat in zip(getattr(self.moments, "_fields", ()), self.moments, strict=True)
            for name, array in self.net.params.like(flat).items()
        }
        if self.average is None:
            return moments
        params, state = self.average.averages
        named = {"params": self.net.params.like(params), "state": self.net.state.like(state)}
        averages = {f"average/{group}/{name}": a for group, arrays in named.items() for name, a in arrays.items()}
        return moments | averages | {"average/count": self.average.count}

    def _current(self) -> Planned:
        """Return the plan and its update, made again where other parameters are frozen than before."""
        planned = self._planned
        if planned is None or planned.frozen != self.net.frozen:
            plan = Plan.training(
                self.net,
                self.part_size,
                layers=self.layers,
                loss=self.loss,
                label_smoothing=self.label_smoothing,
                optimizer=self.optimizer,
            )
            update = bound_update(self.net, self.optimizer, self.rule, plan.grads.flat, self.moments)
            planned = self._planned = Planned(self.net.frozen, plan, update)
        return planned

    def __getstate__(self) -> dict[str, Any]:
        """Copy and pickle without the plan, which is made again, and outside any run.

        Raises InUseError where another thread trains.
        """
        with self.unchanged("Trainer: copying"):
            return self.__dict__ | {"_planned": None, "_turn": None, "_run": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Take a copy's state."""
        self.__dict__ |= state | {"_turn": threading.Lock()}
