"""FitWatch: one run of `fit`, measured as it goes on: what the callback sees becomes a chart, and at the end findings."""

import math
import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from pellucid.doctor.chart import Chart
from pellucid.doctor.examinations.answers import answered_share
from pellucid.doctor.finding import AilmentFinding
from pellucid.doctor.keras.beginning import patient_of
from pellucid.doctor.keras.ending import findings_of
from pellucid.doctor.keras.engine import as_array, backend
from pellucid.doctor.keras.epochs import at_its_end, epoch_of
from pellucid.doctor.keras.facts import batch_vitals
from pellucid.doctor.keras.losses import BatchLosses
from pellucid.doctor.keras.patient import KerasPatient, State, channels_second
from pellucid.doctor.keras.recording import Recording
from pellucid.doctor.keras.seen import Seen, SeenBatch, read_batch
from pellucid.doctor.vitals import LayerVitals, StepVitals, layer_vitals
from pellucid.shapes import Array

__all__ = ["FitWatch"]

ROWS = 16  # on which activations are measured
GROWTH = 1.7  # between two sampled steps
LOSSES = 10_000  # that are kept
FIRST_BATCHES = 8  # that are all described
WAITING = 256  # losses that stay on the device before they are read


class FitWatch:
    """One run. Every method leaves the model that it is given as it is."""

    def __init__(self, epochs: int | None, steps: int | None, out: str | os.PathLike[str] | None = None) -> None:
        self.chart: Chart | None = None
        self.patient: KerasPatient | None = None
        self._epochs, self._steps = epochs, steps
        self._epoch, self._step, self._next_sample = 1, 0, 1
        self._seen = {"training": Seen(), "validation": Seen()}
        self._is_first_epoch, self._validated = True, False
        self._losses = BatchLosses()
        self._beginning: State | None = None
        self._batch: SeenBatch | None = None  # of this step
        self._before: Mapping[str, Array] = {}
        self._metrics: dict[str, None] = {}  # names, in order
        self._x: Any = None
        self._recording = Recording(out)

    @property
    def wants_batch(self) -> bool:
        """Whether the next step's batch is needed."""
        return self._is_first_epoch or self._step + 1 in (self._next_sample, self._recording.due)

    @property
    def wants_validation(self) -> bool:
        """Whether validation rows are still to be seen."""
        return not self._validated

    def begin_epoch(self, epoch: int) -> None:
        """Note the number of an epoch, counted from 1."""
        self._epoch = epoch
        self._losses.begin_epoch()

    def see(self, model: Any, data: Any) -> None:
        """Look at the batch of the step that comes next."""
        names = list(getattr(model, "output_names", None) or [])
        batch = self._batch = read_batch(data, names)
        if self._is_first_epoch:
            self._seen["training"].add(batch)
            self._losses.expect(batch.rows)
        if self.chart is None:
            total = None if self._epochs is None or self._steps is None else self._epochs * self._steps
            self.patient = patient_of(model, data, batch, self._seen, epochs=self._epochs, steps=total)
            self.chart = Chart(self.patient.setup, patient=self.patient)
            first = batch.at(slice(None, ROWS)).x
            self._x = first if len(first) > 1 else first[0]
            self._recording.begin(self.chart.setup, {"optimizer": model.optimizer.get_config()})
        if self.patient is not None and self._step + 1 in (self._next_sample, self._recording.due):
            self._before = self.patient.weights()

    def see_validation(self, model: Any, data: Any) -> None:
        """Keep rows of a batch of the first validation."""
        self._seen["validation"].add(read_batch(data, list(getattr(model, "output_names", None) or [])))

    def end_validation(self) -> None:
        """The validation data were seen once."""
        self._validated = True

    def end_step(self, model: Any, logs: Mapping[str, Any]) -> None:
        """Note the loss of a step, and measure it where it is one of those that are sampled."""
        self._step += 1
        chart, patient = self.chart, self.patient
        if chart is None or patient is None:
            return
        self._losses.add(logs.get(patient.source.loss_key))
        sampled = self._step == self._next_sample
        if self._batch is not None and (sampled or self._step <= FIRST_BATCHES):
            chart.batches.append(batch_vitals(self._batch, patient.source.form, self._step))
        due = self._step == self._recording.due
        if sampled or due or self._losses.waiting >= WAITING:
            self._read_losses(model, chart)
        if sampled:
            self._next_sample = max(self._step + 1, math.ceil(self._step * GROWTH))
            if (vitals := self._vitals(model, chart, patient)) is not None:
                chart.steps.append(vitals)
                self._recording.vitals(vitals)
        elif due:  # not in the chart, so that no finding depends on clocks
            with self._recording.measuring():
                self._recording.vitals(self._vitals(model, chart, patient))
        self._before, self._batch = {}, None
        self._recording.prepare(self._step)

    def _vitals(self, model: Any, chart: Chart, patient: KerasPatient) -> StepVitals | None:
        """Measure every layer after a step, with the gradient of that step."""
        if chart.not_finite or not chart.losses:
            return None
        gradients = self._gradients(model, patient)
        with np.errstate(all="ignore"):
            norm = math.sqrt(sum(float(np.square(one, dtype=np.float64).sum()) for one in gradients.values()))
            layers = self._layers(chart, patient, gradients)
        rate = float(as_array(model.optimizer.learning_rate))
        return StepVitals(self._step, self._epoch, chart.losses[-1], rate, norm if gradients else math.nan, layers)

    def end_epoch(self, model: Any, logs: Mapping[str, Any]) -> None:
        """Note the results of an epoch."""
        self._is_first_epoch = False
        chart, patient = self.chart, self.patient
        if chart is None or patient is None:
            return
        self._read_losses(model, chart)
        self._metrics |= dict.fromkeys(name for name in logs if not name.startswith("val_"))
        vitals = epoch_of(model, logs, patient.source, self._epoch, self._step)
        if math.isfinite(vitals.train_loss) and not chart.not_finite:
            if self._epoch == self._epochs:
                chart.answered = answered_share(patient)
                vitals = at_its_end(vitals, patient)
            chart.epochs.append(vitals)
        self._recording.epoch(vitals, {name: float(as_array(value)) for name, value in logs.items()})

    def finish(self, model: Any) -> tuple[tuple[AilmentFinding, ...], tuple[str, ...]]:
        """Return what is wrong with the run, causes first, and what could not be examined, in a line each."""
        chart, patient = self.chart, self.patient
        if chart is None or patient is None:
            return (), ("the run, since no batch of it was seen",)
        self._read_losses(model, chart)
        last = chart.steps[-1].step if chart.steps else 0
        if last < self._step and (vitals := self._vitals(model, chart, patient)) is not None:
            chart.steps.append(vitals)
            self._recording.vitals(vitals)
        findings, left_out = findings_of(model, chart, patient, list(self._metrics))
        self._recording.end(findings)
        return findings, left_out

    def _read_losses(self, model: Any, chart: Chart) -> None:
        """Read the losses that wait, up to the first that is not finite."""
        first = self._step - self._losses.waiting + 1
        rate = float(as_array(model.optimizer.learning_rate)) if self._recording.records else math.nan
        for step, loss in enumerate(self._losses.read(), first):
            self._recording.step(step, loss, rate, self._epoch)
            if not math.isfinite(loss) and not chart.not_finite:
                chart.not_finite = f"the loss of step {step}"
            if not chart.not_finite and len(chart.losses) < LOSSES:
                chart.losses.append(loss)

    def _gradients(self, model: Any, patient: KerasPatient) -> Mapping[str, Array]:
        """Return the gradients of the last step; on backends that keep none, those of its batch after it."""
        names = patient.source.names
        if backend() == "torch":
            found = ((one, one.value.grad) for one in model.trainable_variables)
            return {names[id(one)]: as_array(grad) for one, grad in found if grad is not None}
        batch = self._batch
        if batch is None or batch.y is None:
            return {}
        x = batch.x if len(batch.x) > 1 else batch.x[0]
        return patient.gradients(x, patient.source.form.read(batch.y))

    def _layers(self, chart: Chart, patient: KerasPatient, gradients: Mapping[str, Array]) -> tuple[LayerVitals, ...]:
        """Measure the layers that made the same calls as at the run's beginning."""
        weights = patient.weights()
        outputs = {call.name: channels_second(call) for call in patient.calls(self._x, training=True)[0]}
        return tuple(
            layer_vitals(
                layer.name,
                layer.kind,
                outputs[layer.name],
                weight=weights.get(layer.weight or ""),
                gradient=gradients.get(layer.weight or ""),
                before=self._before.get(layer.weight or ""),
                units_axis=None if chart.steps else layer.units_axis,  # what begins equal is seen at once
            )
            for layer in chart.setup.layers
            if layer.name in outputs
        )
