"""Observer: hears what a loop does with its model and optimizer, and keeps what the doctor needs of it."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import nn

from pellucid.doctor.memory import MemoryWatch
from pellucid.doctor.torch.observing.arrays import array_of, leaves_of, tensors_in
from pellucid.doctor.torch.observing.copying import LoopBeginning
from pellucid.doctor.torch.observing.counting import answers_of
from pellucid.doctor.torch.observing.epochs import EpochKeeper, majority_of
from pellucid.doctor.torch.observing.following import LossFollower, follow_answers, mean_loss
from pellucid.doctor.torch.observing.forwards import ModelCall, parted
from pellucid.doctor.torch.observing.jumps import OutsideChanges
from pellucid.doctor.torch.observing.kinds import LOSSES
from pellucid.doctor.torch.observing.layers import LayerCallSeen, LayerRecorder
from pellucid.doctor.torch.observing.lines import SourceLine, users_line
from pellucid.doctor.torch.observing.measuring import StepMeasure, loss_scale
from pellucid.doctor.torch.observing.recording import LoopRecording
from pellucid.doctor.torch.observing.rows import SLICES, SliceSizes, codes_of
from pellucid.doctor.torch.observing.tape import Tape
from pellucid.doctor.vitals import BatchVitals, MemoryVitals, StepVitals

__all__ = ["Observer"]

GROWTH = 1.5  # between two sampled steps
LOSSES_KEPT = 10_000
PENDING = 4  # calls of the model that may belong to one backward
MOST_EARLY = 512


class Observer:
    """Everything that is heard. It changes nothing of the run, and its own errors end the watch, not the training."""

    def __init__(
        self,
        model: nn.Module,
        optimizers: Sequence[torch.optim.Optimizer],
        beginning: LoopBeginning,
        recording: LoopRecording,
    ) -> None:
        self.model, self.optimizers, self.beginning, self.recording = model, optimizers, beginning, recording
        self.deaf = False
        self.error: Exception | None = None  # the doctor's own
        self.keeper, self.follower = EpochKeeper(), LossFollower()
        self.recorder = LayerRecorder({id(p): name for name, p in model.named_parameters()})
        self.layers: list[LayerCallSeen] = []  # of the first sampled step
        self.steps = self.forwards = self.batch_size = 0
        self.losses: list[float] = []
        self.sampled: list[StepVitals] = []
        self.batches: list[BatchVitals] = []
        self.lines: dict[str, SourceLine] = {}  # of the user's code, by what happens there
        self.clipped: list[float] = []  # lengths to which gradients were cut
        self.cleared_early = self.stepped_early = 0  # sampled steps without gradients, and without a backward before
        self.not_finite, self.not_finite_in_data = "", False
        self.changes = OutsideChanges(list(model.parameters()))
        self.memory: list[MemoryVitals] = []
        self._memory = MemoryWatch()
        self._next = 1
        self._current: ModelCall | None = None
        self._pending: list[ModelCall] = []
        self._early = Tape()  # calls before the forward: a penalty may be computed first
        self._slices = SliceSizes()
        self._measure: StepMeasure | None = None
        self._training = True
        self._backwards = 0  # since the last step
        self.all_backwards = 0
        self._loss = math.nan

    @property
    def is_sampled(self) -> bool:
        """Whether the step that comes is measured."""
        return self.steps + 1 >= self._next or self.recording.wants(self.steps + 1)

    @property
    def parameters(self) -> dict[str, torch.Tensor]:
        """The model's parameters by name, with those that it uses and does not know."""
        return {**dict(self.model.named_parameters()), **self.recorder.unregistered}

    @property
    def _given(self) -> frozenset[int]:
        """The ids of the parameters that the optimizers change."""
        return frozenset(id(p) for one in self.optimizers for group in one.param_groups for p in group["params"])

    @property
    def never_stepped(self) -> bool:
        """Whether gradients were computed again and again, and the optimizer never used them."""
        idle = self.steps == 0 and self.all_backwards > 1 and len(self.optimizers) == 1
        return idle and self.beginning.is_unchanged(self.model)

    @property
    def rate(self) -> float:
        """The learning rate as it is now."""
        return float(self.optimizers[0].param_groups[0]["lr"])

    def forward_begins(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
        """Hear that the model is called."""
        if self._current is not None:
            return
        self.forwards += 1
        self._settle(PENDING)
        self._current = ModelCall(args, kwargs, self.model.training, torch.is_grad_enabled(), tape=self._early)
        self._early = Tape()
        self.follower.forget_activations()
        if self._current.with_gradient and self.is_sampled:
            self.recorder.start(self.model)

    def forward_ended(self, output: Any) -> None:
        """Hear what the model made; None where it raised."""
        forward, self._current = self._current, None
        self.recorder.root_ended(output)
        self.recorder.stop()
        if forward is None or output is None:
            return
        forward.output = output
        forward.derived = {} if forward.with_gradient else {id(t): t for t in tensors_in(leaves_of(output))}
        self._pending.append(forward)

    def function_called(
        self, func: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], result: Any
    ) -> None:
        """Hear of a function of PyTorch."""
        try:
            self._function_called(func, args, kwargs, result)
        except Exception as error:
            self.fail(error)

    def _function_called(
        self, func: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], result: Any
    ) -> None:
        if func in SLICES:
            self._slices.note(args[0], result)
        inside = self._current
        if inside is not None and self.recorder.is_on:
            self.recorder.function_called(func, args, kwargs, result)
        forward = inside or (self._pending[-1] if self._pending else None)
        taping = inside is None and self.follower.is_taping(sampled=self.is_sampled, first_epoch=self.keeper.is_first)
        if forward is None:
            if taping and len(self._early.calls) < MOST_EARLY and any(t.requires_grad for t in tensors_in(result)):
                self._early.add(func, args, kwargs, result)
            return
        self.follower.activation_called(func, result, sampled=self.is_sampled)
        if func in LOSSES:
            self.follower.loss_called(forward, func, args, kwargs, result)
        if inside is not None:
            return
        if not forward.with_gradient:
            follow_answers(forward, func, args, kwargs, result)
        elif taping:
            forward.tape.add(func, args, kwargs, result)

    def backward_begins(self, loss: torch.Tensor) -> None:
        """Hear that backward is about to be called on a loss."""
        try:
            self._backward_begins(loss)
        except Exception as error:
            self.fail(error)

    def _backward_begins(self, loss: torch.Tensor) -> None:
        self._pending, others = parted(self._pending, loss)  # others were evaluations
        for forward in others:
            self._evaluated(forward)
        self._backwards += 1
        self.all_backwards += 1
        if self.is_sampled:
            self._note_line("backward")
            self._measure = self._measure or StepMeasure(self._given)
            self._measure.backward_begins(self.parameters)
        if not self._pending:
            return
        forward, alone = self._pending[-1], len(self._pending) == 1
        self._training, self._pending = forward.training, []
        if self.follower.replay is None and alone:
            self.follower.learn(forward, loss, self.model, self.parameters)
        self._read_batch(forward, loss)

    def backward_ended(self) -> None:
        """Hear that backward has been called."""
        try:
            if self._measure is not None:
                self._measure.backward_ended(self.parameters)
        except Exception as error:
            self.fail(error)

    def _note_line(self, what: str) -> None:
        if what not in self.lines and (line := users_line()) is not None:
            self.lines[what] = line

    def _read_batch(self, forward: ModelCall, loss: torch.Tensor) -> None:
        """Take the loss of a training step, and its rows in the first epoch."""
        call = forward.losses[0] if len(forward.losses) == 1 else None
        found = None if call is None else mean_loss(call, forward.rows)
        minimized = float(loss.detach())
        self._loss = value = minimized if found is None or found * minimized < 0 else found
        self.batch_size = self.batch_size or forward.rows
        inputs = forward.inputs
        if not inputs:
            return
        self.keeper.whole = self.keeper.whole or self._slices.whole_of(inputs[0])
        reads = self.keeper.reads_rows or self.is_sampled
        codes = codes_of(array_of(inputs[0])) if reads else None
        self.keeper.begin_batch(codes, self.steps, self.rate)
        self.keeper.add_batch(codes, value, forward.rows, None if call is None else answers_of(call))
        if not math.isfinite(value) and not self.not_finite:
            self.not_finite = f"the loss of step {self.steps + 1}"
            self.not_finite_in_data = any(not bool(t.isfinite().all()) for t in inputs if t.is_floating_point())
        rows = self.follower.rows(forward, loss, self.parameters) if self.keeper.is_first else None
        if rows is not None:
            self.keeper.parts["training"].add(*rows)
        if self.is_sampled and codes is not None:
            labels = rows.y if rows is not None else None if call is None else array_of(call.target)
            batch = BatchVitals(self.steps + 1, forward.rows, hash(tuple(codes.tolist())), majority_of(labels))
            self.batches.append(batch)

    def step_begins(self) -> None:
        """Hear that the optimizer is about to make a step."""
        self.changes.step_begins(self.steps + 1, self.losses, self._loss)
        if not self.is_sampled:
            return
        self._note_line("step")
        self.stepped_early += not self._backwards
        self._measure = self._measure or StepMeasure(self._given)
        self._measure.step_begins(self.parameters)

    def step_ended(self) -> None:
        """Hear that the optimizer made a step."""
        sampled, regular = self.is_sampled, self.steps + 1 >= self._next
        self.steps += 1
        self._backwards, self._early = 0, Tape()
        if self._loss == self._loss or self.not_finite:
            self.losses.append(self._loss)
            self.losses = self.losses[::2] if len(self.losses) > LOSSES_KEPT else self.losses
        self.changes.step_ended()
        if (memory := self._memory.after_step(self.steps)) is not None:
            self.memory.append(memory)
        measure, self._measure = self._measure, None
        if sampled and measure is not None:
            with self.recording.measuring():
                vitals = self._vitals(measure)
            if regular:
                self.sampled.append(vitals)
                self._next = max(self.steps + 1, math.ceil(self.steps * GROWTH))
            self.recording.vitals(vitals)
        self.recording.step(self.steps, self._loss, self.rate, self.keeper.epochs)

    def _vitals(self, measure: StepMeasure) -> StepVitals:
        self.beginning.note_rates(self.optimizers[0])
        scale = loss_scale()
        if measure.clipped_to is not None and scale == 1.0:
            self.clipped.append(measure.clipped_to)
        self.cleared_early += measure.was_cleared
        first = not self.layers
        if first:
            self._keep_layers()
        layers = measure.layers(self.recorder.calls, self.parameters, scale, first=first)
        self.recorder.calls = []
        return StepVitals(
            self.steps,
            len(self.keeper.epochs) + 1,
            self._loss,
            self.rate,
            measure.norm / scale,
            layers,
            self._training,
            measure.own / scale if math.isfinite(measure.own + measure.norm) else None,
        )

    def _keep_layers(self) -> None:
        self.layers = [LayerCallSeen(call.info, None, call.multiply_adds, call.line) for call in self.recorder.calls]

    def settle(self) -> None:
        """Take what is left when the watch ends."""
        self._settle(0)
        if not self.layers:  # no step was measured
            self._keep_layers()
        self.keeper.end(self.steps, self.rate)

    def _settle(self, keep: int) -> None:
        """Count calls without a backward as evaluations; keep some that one may still come for."""
        waiting = [forward for forward in self._pending if forward.with_gradient][-keep:] if keep else []
        for forward in self._pending:
            if forward not in waiting:
                self._evaluated(forward)
        self._pending = waiting

    def _evaluated(self, forward: ModelCall) -> None:
        batch = self.follower.evaluated(forward, keeps=self.keeper.is_first_evaluation) if self.steps else None
        if batch is not None:
            self.keeper.add_evaluation(batch)

    def fail(self, error: Exception) -> None:
        """Stop listening."""
        self.deaf, self.error = True, error
        self.recorder.stop()
