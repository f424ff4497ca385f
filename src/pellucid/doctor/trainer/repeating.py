"""Short runs of a `Trainer`'s run: its own loop, samples, schedule and seed, with copies of everything that changes."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Any, Protocol

import numpy as np

from pellucid.data import Augmentation, Pipeline
from pellucid.doctor.chart import Chart
from pellucid.doctor.data_facts import facts_of
from pellucid.doctor.finding import AilmentFinding
from pellucid.doctor.prescription import Prescription
from pellucid.doctor.trainer.networks import prescribed_network, usual_first_values
from pellucid.doctor.trainer.patient import TrainerPatient
from pellucid.doctor.treating.curve import Course, curve_of
from pellucid.doctor.treating.standardizing import Scaling, input_scaling, target_scaling
from pellucid.doctor.treating.ward import Length, length_for
from pellucid.optim import REFERENCE_RULES, Constant, Schedule, WeightAverage
from pellucid.shapes import Array
from pellucid.train.checkpoint import Progress
from pellucid.train.events import Event, Finished, Interrupted, NotFinite, StepDone
from pellucid.train.loop import Loop
from pellucid.train.objective import Monitor
from pellucid.train.samples import Samples
from pellucid.train.saving import Saving
from pellucid.train.stepper import Stepper

__all__ = ["RepeatingWard", "RunSettings"]

TIMED = 4  # steps by which the length of copies is chosen; the first one, which makes the plan, is not counted
MOST_ROWS = 20_000


@dataclass(frozen=True)
class RunSettings:
    """What a loop has beside its stepper and samples."""

    schedule: Schedule
    seed: int
    epochs: int
    first_epoch: int
    first_step: int
    monitor: Monitor

    @classmethod
    def of(cls, loop: Loop) -> "RunSettings":
        """Return those of a loop that begins."""
        progress = loop.progress
        return cls(loop.schedule, loop.seed, progress.epochs, progress.first_epoch, progress.first_step, loop.monitor)


class RunReader(Protocol):
    """A doctor of a `Trainer`'s run."""

    findings: tuple[AilmentFinding, ...]
    chart: Chart | None

    def __call__(self, event: Event) -> None:
        """Read an event."""


@dataclass(frozen=True, eq=False)
class StandardizedSamples(Samples):
    """Samples whose inputs are standardized once more, after their own preparation."""

    scaling: Scaling | None = None

    def prepared(self, raw: Any) -> Array:
        """Return raw inputs as the network takes them."""
        x = super().prepared(raw)
        return x if self.scaling is None else self.scaling(np.asarray(x))


class RepeatingWard:
    """Trains copies by the run's own loop: without a prescription, a copy repeats the run bit for bit."""

    can = frozenset(one.name for one in fields(Prescription))

    def __init__(self, patient: TrainerPatient, run: RunSettings, doctor: Callable[[], RunReader]) -> None:
        self.patient, self.run, self.doctor = patient, run, doctor
        rows = len(patient.training)
        self.length = Length(run.epochs, rows, run.epochs, rows)

    def plan(self, seconds: float) -> Length:
        """Choose the length of all copies by the time of some steps."""
        loop, taken = self._loop(Prescription(), 1), 0
        with loop.stepper.held_by(loop.progress):
            start = time.perf_counter()
            for event in loop.run():
                _end_after_interrupt(event)
                taken += isinstance(event, StepDone)
                start = time.perf_counter() if taken <= 1 else start
                if taken > TIMED:
                    break
        each = max(1e-6, (time.perf_counter() - start) / max(1, taken - 1))
        self.length = length_for(
            int(seconds / each),
            epochs=self.run.epochs,
            rows=len(self.patient.training),
            batch_size=self.patient.stepper.batch_size,
        )
        return self.length

    def follow(self, prescription: Prescription) -> Course:
        """Train a copy, read by a doctor of its own."""
        loop, doctor = self._loop(prescription, self.length.epochs * prescription.epochs), self.doctor()
        last: Any = None
        with loop.stepper.held_by(loop.progress):
            for last in loop.run():
                _end_after_interrupt(last)
                if not isinstance(last, (Finished, NotFinite)):
                    doctor(last)
        chart = doctor.chart
        assert chart is not None
        assert chart.patient is not None
        factor = 1.0
        if prescription.standardized_targets:
            factor = _constant_loss(self.patient) / _constant_loss(chart.patient)
        with np.errstate(all="ignore"):
            failed = isinstance(last, NotFinite)
            curve = curve_of(chart.losses, chart.epochs, chart.patient, not_finite=failed, factor=factor)

        def diagnosed() -> Any:
            doctor(last)
            return doctor.findings, chart

        return Course(prescription, curve, diagnosed)

    def _loop(self, prescription: Prescription, epochs: int) -> Loop:
        """Return a loop with a stepper, samples and progress of its own."""
        stepper = self._stepper(prescription)
        training, held_out = self._samples(prescription)
        run = self.run
        progress = Progress(
            first_step=run.first_step, first_epoch=run.first_epoch, samples=len(training), epochs=epochs
        )
        progress.patience = prescription.patience if held_out is not None else None
        saving = Saving(stepper, progress, dict, {}, None, math.inf)
        schedule = Constant() if prescription.constant_rate else run.schedule
        return Loop(stepper, schedule, run.seed, training, held_out, progress, saving, run.monitor)

    def _stepper(self, prescription: Prescription) -> Stepper:
        original = self.patient.stepper
        stepper = self.patient.copy(prescription.variation).stepper
        if prescription.usual_weights:
            usual_first_values(stepper.net)
        net = prescribed_network(stepper.net, prescription)
        if net is not stepper.net:
            stepper = _with_network(stepper, net)
        if original.average is not None:
            stepper.average = WeightAverage(original.average.rule, (stepper.net.params.flat, stepper.net.state.flat))
        if prescription.clip_norm is not None:
            stepper.clip_norm = prescription.clip_norm
        if prescription.penalty is not None:
            stepper.reg = prescription.penalty
        if prescription.batch_size is not None:
            stepper.batch_size = prescription.batch_size
            stepper.accumulate = min(stepper.accumulate, prescription.batch_size)
        return stepper

    def _samples(self, prescription: Prescription) -> tuple[Samples, Samples | None]:
        training, held_out = self.patient.training, self.patient.held_out
        if self.length.rows < len(training):
            chosen = np.linspace(0, len(training) - 1, self.length.rows).astype(np.int64)
            training = replace(training, rows=training.rows[chosen])
        if prescription.no_augmentation and isinstance(training.pipeline, Pipeline):
            training = replace(training, pipeline=replace(training.pipeline, augmentation=Augmentation()))
        if prescription.balanced:
            training = training.balanced_by_class()
        scaling = input_scaling(self.patient) if prescription.standardized_inputs else None
        targets = target_scaling(self.patient) if prescription.standardized_targets else None
        scaled = [None if one is None else _scaled(one, scaling, targets) for one in (training, held_out)]
        assert scaled[0] is not None
        return scaled[0], scaled[1]


def _scaled(samples: Samples, inputs: Scaling | None, targets: Scaling | None) -> Samples:
    if targets is not None:
        samples = replace(samples, targets=targets(samples.targets))
    if inputs is None:
        return samples
    return StandardizedSamples(**{one.name: getattr(samples, one.name) for one in fields(Samples)}, scaling=inputs)


def _with_network(stepper: Stepper, net: Any) -> Stepper:
    """Return a stepper of another network with the same settings and new moments."""
    other = Stepper(
        net,
        stepper.optimizer,
        batch_size=stepper.batch_size,
        layers=stepper.layers,
        rules=REFERENCE_RULES,
        loss=stepper.loss,
        label_smoothing=stepper.label_smoothing,
        reg=stepper.reg,
        clip_norm=stepper.clip_norm,
        accumulate=stepper.accumulate,
    )
    other.rule, other.steps_done = stepper.rule, stepper.steps_done
    other.moments = other.rule.init(net.params.flat)
    return other


def _constant_loss(patient: Any) -> float:
    """Return the loss of the best constant prediction, 1 where it is not known."""
    rows = patient.rows("training", MOST_ROWS)
    return facts_of(rows, None, patient.setup.loss, patient.setup.outputs).constant_loss or 1.0


def _end_after_interrupt(event: Any) -> None:
    if isinstance(event, Interrupted):
        raise KeyboardInterrupt
