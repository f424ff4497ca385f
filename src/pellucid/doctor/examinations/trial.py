"""TrialRun: train a copy for a few steps, with one thing changed, and see how far the loss falls."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from pellucid.doctor.data_facts import first_inputs
from pellucid.doctor.patient import Patient, Rows, Variation
from pellucid.shapes import Array

__all__ = ["TrialRun", "as_it_is", "at", "steps_for", "trial", "trial_rows"]

ROWS = 640  # a trial learns four fifths of them
MOST_STEPS, FEWEST_STEPS = 80, 10
LARGEST_BATCH, SMALLEST_BATCH = 64, 16
FEWEST_ROWS, MEASURING = 80, 3e9  # of a trial with a costly network, and the multiply-adds of a look at its loss
WORK = 8e9  # multiply-adds of a trial's steps; less than a second for small and mid-sized networks

Prepare = Callable[[Patient], None]


@dataclass(frozen=True)
class TrialRun:
    """What some steps made of the loss on the rows that they learnt."""

    before: float
    after: float  # infinity where it stopped being finite
    unseen: float  # the loss afterwards on other rows of the training part
    steps: int

    @property
    def fell_by(self) -> float:
        """The share of the loss that went; below 0 where it grew."""
        return 1 - self.after / self.before if self.before > 0 and math.isfinite(self.before) else -math.inf


def trial(patient: Patient, change: Variation, rows: Rows | None = None, prepare: Prepare | None = None) -> TrialRun:
    """Train a copy with this change; `prepare` does something to it first; rows are those it learns."""
    learnt, others = _parts(trial_rows(patient) if rows is None else rows)
    copy = patient.copy(change)
    if prepare is not None:
        prepare(copy)
    size = batch_for(patient)
    count = len(learnt.y)
    steps = steps_for(patient, size)
    before = copy.loss(learnt.x, learnt.y, training=True)
    order = np.random.default_rng(0)
    batches: list[Array] = []
    for _ in range(steps):
        if not batches:
            shuffled = order.permutation(count)
            batches = [shuffled[i : i + size] for i in range(0, count, size)]
        if not math.isfinite(copy.step(*at(learnt, batches.pop(0)))):
            return TrialRun(before, math.inf, math.inf, steps)
    after, unseen = copy.loss(*learnt, training=True), copy.loss(*others, training=True)
    return TrialRun(before, _finite(after), _finite(unseen), steps)


def _finite(loss: float) -> float:
    return loss if math.isfinite(loss) else math.inf


def _parts(rows: Rows) -> tuple[Rows, Rows]:
    """Split rows into those that are learnt, and others."""
    order = np.random.default_rng(1).permutation(len(rows.y))
    cut = max(1, len(order) * 4 // 5)
    return at(rows, order[:cut]), at(rows, order[min(cut, len(order) - 1) :])


def as_it_is(patient: Patient) -> TrialRun:
    """Train a copy from the run's beginning, nothing changed."""
    return trial(patient, Variation(initial=True))


def trial_rows(patient: Patient) -> Rows:
    """Return training rows for trials."""
    rows = patient.rows("training", max(FEWEST_ROWS, min(ROWS, int(MEASURING / max(1.0, patient.cost)))))
    assert rows is not None
    return rows


def batch_for(patient: Patient) -> int:
    """Return the rows of a trial's batch: the run's own number, unless that is large, or the network costly."""
    affordable = int(WORK / max(1.0, 3 * patient.cost * 2 * FEWEST_STEPS))
    return min(patient.setup.batch_size, LARGEST_BATCH, max(SMALLEST_BATCH, affordable))


def steps_for(patient: Patient, size: int) -> int:
    """Return the steps of a trial: fewer for a costly network."""
    affordable = int(WORK / max(1.0, 3 * patient.cost * size))
    return max(FEWEST_STEPS, min(MOST_STEPS, affordable))


def at(rows: Rows, places: Array) -> Rows:
    """Return some of the rows."""
    x = tuple(array[places] for array in rows.x) if isinstance(rows.x, tuple) else first_inputs(rows)[places]
    return Rows(x, rows.y[places])
