"""Short runs of any patient: its rows in batches, in one order, with the steps that its copies make."""

import math
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from pellucid.data import balanced_order, epoch_order
from pellucid.doctor.chart import Chart
from pellucid.doctor.data_facts import DataFacts, facts_of, first_inputs
from pellucid.doctor.diagnosing import diagnose
from pellucid.doctor.examinations.trial import at
from pellucid.doctor.finding import AilmentFinding
from pellucid.doctor.patient import Patient, Rows
from pellucid.doctor.prescription import Prescription
from pellucid.doctor.treating.curve import Course, curve_of
from pellucid.doctor.treating.treated import ANY_FRAMEWORK, TreatedPatient
from pellucid.doctor.treating.ward import Length, length_for
from pellucid.doctor.vitals import EpochVitals, LayerVitals, StepVitals, layer_vitals
from pellucid.shapes import Array

__all__ = ["SteppingWard"]

MOST_ROWS, VALUES, HELD_ROWS = 20_000, 16_000_000, 1000  # of training rows, and the numbers in them; of validation rows
SEEN, GROWTH = 16, 1.7  # rows on which layers are measured; distance of two sampled steps over the one before
EPOCHS = 10  # of a run whose number is not known
TIMED = 3  # steps by which the length of copies is chosen


class SteppingWard:
    """Trains copies of a patient at a constant learning rate, on up to 20,000 of its rows as they are, never augmented."""

    can = ANY_FRAMEWORK

    def __init__(self, chart: Chart, patient: Patient) -> None:
        self.patient = patient
        self.epochs = chart.setup.epochs or len(chart.epochs) or EPOCHS
        self.count = min(_affordable(patient), patient.count("training") or MOST_ROWS)
        self.length = Length(self.epochs, self.count, self.epochs, self.count)

    def plan(self, seconds: float) -> Length:
        """Choose the length of all copies by the time of some steps."""
        size = self.patient.setup.batch_size
        patient = TreatedPatient(self.patient, Prescription())
        rows = patient.rows("training", self.count)
        assert rows is not None
        self.count = len(rows.y)
        patient.step(*at(rows, np.arange(min(size, len(rows.y)))))
        start = time.perf_counter()
        for _ in range(TIMED):
            patient.step(*at(rows, np.arange(min(size, len(rows.y)))))
        each = max(1e-6, (time.perf_counter() - start) / TIMED)
        self.length = length_for(int(seconds / each), epochs=self.epochs, rows=self.count, batch_size=size)
        return self.length

    def follow(self, prescription: Prescription) -> Course:
        """Train a copy, and keep what a doctor needs to examine it."""
        patient = TreatedPatient(self.patient, prescription)
        rows = patient.rows("training", self.length.rows)
        assert rows is not None
        run = _Run(patient, rows, patient.rows("validation", HELD_ROWS), Chart(patient.setup, patient=patient))
        with np.errstate(all="ignore"):
            for epoch in range(self.length.epochs * prescription.epochs):
                run.make_epoch(epoch)
                if run.chart.not_finite:
                    break
            facts = _facts(patient)
            factor = 1.0
            if prescription.standardized_targets and facts.constant_loss:
                factor = (_facts(self.patient).constant_loss or 1.0) / facts.constant_loss
            failed = bool(run.chart.not_finite)
            curve = curve_of(run.chart.losses, run.chart.epochs, patient, not_finite=failed, factor=factor)

        def diagnosed() -> tuple[tuple[AilmentFinding, ...], Chart]:
            run.chart.data = facts
            with np.errstate(all="ignore"):
                return diagnose(run.chart), run.chart

        return Course(prescription, curve, diagnosed)


def _affordable(patient: Patient) -> int:
    """Return how many rows copies may hold."""
    row = patient.rows("training", 1)
    return MOST_ROWS if row is None else max(64, min(MOST_ROWS, VALUES // max(1, first_inputs(row).size)))


def _facts(patient: Patient) -> DataFacts:
    most = _affordable(patient)
    rows = patient.rows("training", most)
    assert rows is not None
    return facts_of(
        rows,
        patient.rows("validation", most),
        patient.setup.loss,
        patient.setup.outputs,
        whole=patient.count("training"),
    )


@dataclass
class _Run:
    """A copy that is being trained, and its chart."""

    patient: TreatedPatient
    rows: Rows
    held: Rows | None
    chart: Chart
    next_sample: int = 1
    seen: Rows = field(init=False)

    def __post_init__(self) -> None:
        self.seen = at(self.rows, np.arange(min(SEEN, len(self.rows.y))))

    def make_epoch(self, epoch: int) -> None:
        """Make the steps of an epoch, and validate."""
        first = len(self.chart.losses)
        for places in self._batches(epoch):
            if not self._step(places, epoch):
                self.chart.not_finite = self.chart.not_finite or "the loss"
                return
        losses = self.chart.losses[first:]
        self.chart.epochs.append(
            EpochVitals(
                epoch + 1,
                len(self.chart.losses),
                float(np.mean(losses)),
                self._accuracy(at(self.rows, np.arange(min(HELD_ROWS, len(self.rows.y))))),
                None if self.held is None else self.patient.loss(*self.held),
                None if self.held is None else self._accuracy(self.held),
            )
        )

    def _step(self, places: Array, epoch: int) -> bool:
        """Make a step; return whether its loss is finite."""
        step, batch = len(self.chart.losses) + 1, at(self.rows, places)
        sampled = step >= self.next_sample
        before = self.patient.weights() if sampled else {}
        gradients = self.patient.gradients(*batch) if sampled else {}
        loss = self.patient.step(*batch)
        if sampled:
            self.next_sample = math.ceil((step + 1) * GROWTH)
            length = math.sqrt(sum(float(np.square(one, dtype=np.float64).sum()) for one in gradients.values()))
            rate = self.chart.setup.optimizer.learning_rate
            self.chart.steps.append(
                StepVitals(step, epoch + 1, loss, rate, length, tuple(self._layers(before, gradients)))
            )
        self.chart.losses.append(loss)
        return math.isfinite(loss)

    def _layers(self, before: Mapping[str, Array], gradients: Mapping[str, Array]) -> Iterator[LayerVitals]:
        outputs, now = self.patient.activations(self.seen.x, training=True), self.patient.weights()
        for layer in self.chart.setup.layers:
            if layer.name not in outputs:
                continue
            weight = layer.weight
            yield layer_vitals(
                layer.name,
                layer.kind,
                outputs[layer.name],
                weight=None if weight is None else now.get(weight),
                gradient=None if weight is None else gradients.get(weight),
                before=None if weight is None else before.get(weight),
                units_axis=None if self.chart.steps else layer.units_axis,
            )

    def _batches(self, epoch: int) -> Iterator[Array]:
        size, count = self.chart.setup.batch_size, len(self.rows.y)
        if self.patient.prescription.balanced:
            order = balanced_order(self.rows.y.reshape(count), seed=0, epoch=epoch)
        else:
            order = epoch_order(count, seed=0, epoch=epoch)
        return (order[start : start + size] for start in range(0, count, size))

    def _accuracy(self, rows: Rows) -> float | None:
        """Return the share of rows answered correctly; None where targets are numbers."""
        outputs = self.patient.outputs(rows.x)
        if self.chart.setup.loss.takes == "labels" and outputs.ndim == 2 and rows.y.ndim == 1:
            return float((outputs.argmax(axis=1) == rows.y).mean())
        if self.chart.setup.loss.takes == "indicators" and outputs.shape == rows.y.shape:
            return float(((outputs > 0) == (rows.y > 0)).mean())
        return None
