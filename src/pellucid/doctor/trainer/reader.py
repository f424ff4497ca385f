"""Doctor: reads the events of a run, measures its vitals at a few steps, and says at its end what it found."""

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from pellucid.doctor.between_epochs import BetweenEpochs
from pellucid.doctor.chart import Chart
from pellucid.doctor.data_facts import facts_of
from pellucid.doctor.diagnosing import diagnose
from pellucid.doctor.finding import AilmentFinding
from pellucid.doctor.memory import MemoryWatch
from pellucid.doctor.trainer.patient import Beginning, TrainerPatient, setup_of
from pellucid.doctor.trainer.recording import RunRecording
from pellucid.doctor.trainer.repeating import RepeatingWard, RunSettings
from pellucid.doctor.treating import SteppingWard, Treats, Ward
from pellucid.doctor.vitals import EpochVitals, LayerVitals, StepVitals, layer_vitals
from pellucid.shapes import Array
from pellucid.train.events import EpochDone, Event, Finished, Interrupted, NotFinite, Started, StepDone
from pellucid.train.loop import Loop

__all__ = ["Doctor"]

ROWS, ROWS_OF_COSTLY = 16, 8  # on which activations are measured; of images, each place is a further measurement
COSTLY = 1e6  # multiply-adds of a row
GROWTH = (
    1.9  # between two sampled steps: a sample costs about a fifth of a step, and a long run has hardly more of them
)
LOSSES = 10_000  # that are kept
VALUES = 16_000_000  # of the data that facts are measured on
MOST_ROWS = 20_000


class Doctor(Treats):
    """A reader of events: `trainer.fit(x, y, 10, on_event=Doctor())`; `fit` has one of its own unless doctor=False.

    After the run, `findings` says what is wrong with it, causes first; `chart` holds what was measured; `treat()` tries
    cures on copies. The run is left as it is, bit for bit. A doctor serves one run. record=True: what is measured and found is
    also written into the run's folder, where it has one (`fit(..., folder=)`), as it comes; `fit`'s own doctor does.
    """

    def __init__(self, *, record: bool = False) -> None:
        self._records = record
        self._recording: RunRecording | None = None
        self.findings: tuple[AilmentFinding, ...] = ()
        self.chart: Chart | None = None
        self._loop: Loop | None = None
        self._rows: Any = None  # (ROWS, ...) training samples
        self._next_sample = 1
        self._before: Array | None = None  # the parameters before the next sampled step
        self._between: BetweenEpochs | None = None
        self._memory = MemoryWatch()
        self._run: RunSettings | None = None

    def __call__(self, event: Event) -> None:
        """Read an event."""
        if isinstance(event, Started):
            self._begin(event)
        elif self.chart is None or self._loop is None:
            return
        elif isinstance(event, StepDone):
            self._read_step(event, self.chart, self._loop)
        elif isinstance(event, EpochDone):
            self._read_epoch(event, self.chart, self._loop)
        elif isinstance(event, NotFinite):
            self.chart.not_finite, self.chart.not_finite_in_data = event.where, event.in_data
        if isinstance(event, (Finished, NotFinite, Interrupted)):
            self._end(event)

    def recall(self, event: StepDone | EpochDone) -> None:
        """Read an event of a run that is over, whose network is not there any more."""
        if self.chart is None or self._loop is None:
            return
        if isinstance(event, EpochDone):
            self._read_epoch(event, self.chart, self._loop, measure=False)
            return
        self.chart.losses.append(event.loss)
        if event.step >= self._next_sample:
            self.chart.steps.append(_vitals(event, ()))
            self._next_sample = math.ceil(event.step * GROWTH)

    def measure_now(self) -> None:
        """Measure the network as it is now, with the gradient of the rows that vitals are measured on."""
        chart, patient = self.chart, None if self.chart is None else self.chart.patient
        rows = None if patient is None else patient.rows("training", ROWS)
        if chart is None or patient is None or rows is None or self._loop is None:
            return
        layers = self._layers(self._loop, patient.gradients(*rows))
        beginning = StepVitals(0, 0, math.nan, chart.setup.optimizer.learning_rate, math.nan)
        last = chart.steps[-1] if chart.steps else beginning
        chart.steps.append(replace(last, layers=layers, step=max(last.step, self._loop.stepper.steps_done)))

    def _ward(self) -> Ward | None:
        """Return who repeats this run: its own loop; of a stream, which may come only once, the steps of its first batch."""
        patient = None if self.chart is None else self.chart.patient
        if not isinstance(patient, TrainerPatient) or self._run is None or self.chart is None:
            return None
        if patient.training.count is None:
            return SteppingWard(self.chart, patient)
        return RepeatingWard(patient, self._run, Doctor)

    def _begin(self, event: Started) -> None:
        if not isinstance(event.run, Loop):  # made elsewhere: nothing to look into
            return
        self._loop = loop = event.run
        self._run = RunSettings.of(loop)
        setup = setup_of(loop, epochs=event.epochs)
        patient = TrainerPatient(loop.stepper, loop.training, loop.held_out, Beginning(loop.stepper), setup)
        self.chart = Chart(setup, patient=patient)
        found = patient.rows("training", ROWS if patient.cost < COSTLY else ROWS_OF_COSTLY)
        self._rows = None if found is None else found.x
        self._next_sample = loop.progress.step + 1
        self._before = loop.stepper.net.params.flat.copy()
        self._between = BetweenEpochs(patient.beginning.params)
        if self._records:
            self._recording = RunRecording(event, loop, setup)

    def _read_step(self, event: StepDone, chart: Chart, loop: Loop) -> None:
        if len(chart.losses) < LOSSES:
            chart.losses.append(event.loss)
        if event.step == self._next_sample:
            chart.steps.append(_vitals(event, self._layers(loop, loop.stepper.plan.grads)))
            self._next_sample = max(event.step + 1, math.ceil(event.step * GROWTH))
            self._before = None
            if self._recording is not None:
                self._recording.vitals(chart.steps[-1])
        if self._recording is not None:
            self._record_step(event, self._recording, loop)
        if event.step == self._next_sample - 1 and self._before is None:
            self._before = loop.stepper.net.params.flat.copy()
        if (memory := self._memory.after_step(event.step)) is not None:
            chart.memory.append(memory)
        between, weights = self._between, loop.stepper.net.params.flat
        if between is not None and (jump := between.after_step(event.step, weights, event.loss)) is not None:
            chart.jumps.append(jump)

    def _record_step(self, event: StepDone, recording: RunRecording, loop: Loop) -> None:
        """Record a step, and its vitals where there is time: those are not in the chart, so that no finding depends on clocks."""
        recording.step(event)
        if recording.is_due(event.step) and self._before is not None:
            with recording.measuring():
                recording.vitals(_vitals(event, self._layers(loop, loop.stepper.plan.grads)))
                self._before = None
        if recording.prepares(event.step):
            with recording.measuring():
                self._before = loop.stepper.net.params.flat.copy()

    def _layers(self, loop: Loop, gradients: Mapping[str, Array]) -> tuple[LayerVitals, ...]:
        """Measure every layer after a step whose gradients are still there."""
        assert self.chart is not None
        patient, net = self.chart.patient, loop.stepper.net
        if patient is None or self._rows is None:
            return ()
        before = None if self._before is None else net.params.like(self._before)
        with np.errstate(all="ignore"):
            outputs = patient.activations(self._rows, training=True)
            return tuple(
                layer_vitals(
                    layer.name,
                    layer.kind,
                    outputs[layer.name],
                    weight=None if layer.weight is None else net.params[layer.weight],
                    gradient=None if layer.weight is None else gradients.get(layer.weight),
                    before=None if layer.weight is None or before is None else before[layer.weight],
                    units_axis=None if self.chart.steps else layer.units_axis,  # what begins equal is seen at once
                )
                for layer in self.chart.setup.layers
            )

    def _read_epoch(self, event: EpochDone, chart: Chart, loop: Loop, *, measure: bool = True) -> None:
        penalty = 0.0
        if loop.stepper.reg:
            weights = loop.stepper.net.params.flat[: loop.stepper.net.weights_stop]
            penalty = 0.5 * loop.stepper.reg * float(np.square(weights, dtype=np.float64).sum())
        accuracy = None if math.isnan(event.train_accuracy) else event.train_accuracy
        vitals = EpochVitals(
            event.epoch,
            event.step,
            event.train_loss - penalty,
            accuracy,
            event.val_loss,
            event.val_accuracy,
            event.learning_rate,
        )
        chart.epochs.append(vitals)
        if self._recording is not None:
            self._record_epoch(event, vitals, self._recording, chart)
        if measure and self._between is not None:
            self._between.end_epoch(loop.stepper.net.params.flat)
        if measure and event.epoch == loop.progress.epochs and chart.steps and chart.steps[-1].step < event.step:
            self._before = None
            rate = event.learning_rate or 0.0
            chart.steps.append(
                StepVitals(
                    event.step,
                    event.epoch,
                    chart.losses[-1],
                    rate,
                    math.nan,
                    self._layers(loop, loop.stepper.plan.grads),
                )
            )
            if self._recording is not None:
                self._recording.vitals(chart.steps[-1])

    def _record_epoch(self, event: EpochDone, vitals: EpochVitals, recording: RunRecording, chart: Chart) -> None:
        """Record an epoch, and where there is time, what vitals and data alone show so far, without examinations."""
        recording.epoch(event, replace(vitals, train_loss=event.train_loss))
        if recording.has_time:
            with recording.measuring(), np.errstate(all="ignore"):
                self._measure_data(chart)
                recording.findings(diagnose(replace(chart, patient=None)), final=False)

    def _end(self, event: Event) -> None:
        assert self.chart is not None
        chart = self.chart
        if chart.patient is None:
            return
        self._measure_data(chart)
        if isinstance(event, Interrupted):
            chart.patient = None  # somebody waits
        with np.errstate(all="ignore"):
            self.findings = diagnose(chart)
        if self._recording is not None:
            self._recording.findings(self.findings, final=True)
            self._recording.close()
        self._loop = self._rows = self._before = self._between = self._recording = None

    def _measure_data(self, chart: Chart) -> None:
        """Measure the data, once."""
        patient = chart.patient
        if patient is None or chart.data is not None:
            return
        width = max(1, math.prod(self._loop.stepper.net.input_shape)) if self._loop is not None else 1
        most = max(64, min(MOST_ROWS, VALUES // width))
        training = patient.rows("training", most)
        if training is not None:
            chart.data = facts_of(
                training,
                patient.rows("validation", most),
                chart.setup.loss,
                chart.setup.outputs,
                whole=patient.count("training"),
            )


def _vitals(event: StepDone, layers: tuple[LayerVitals, ...]) -> StepVitals:
    return StepVitals(event.step, event.epoch, event.loss, event.learning_rate, event.gradient_norm, layers)
