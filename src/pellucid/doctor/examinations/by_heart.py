"""Can the network learn 32 rows by heart?"""

import math

import numpy as np

from pellucid.doctor.examinations.trial import TrialRun, at, trial_rows
from pellucid.doctor.patient import Patient, Rows, Variation

__all__ = ["learned_by_heart"]

ROWS, STEPS = 32, 300
RATES = (1.0, 0.1, 10.0)  # times the run's


def learned_by_heart(patient: Patient) -> TrialRun:
    """Train copies on 32 rows for 300 steps, at the run's rate and around it; return the one that ended lowest."""
    every = trial_rows(patient)
    rows = at(every, np.arange(min(ROWS, len(every.y))))
    return min((_learned(patient, rows, rate) for rate in RATES), key=lambda run: run.after)


def _learned(patient: Patient, rows: Rows, rate: float) -> TrialRun:
    copy = patient.copy(Variation(initial=True, rate=rate))
    before = copy.loss(*rows, training=True)
    for _ in range(STEPS):
        if not math.isfinite(copy.step(*rows)):
            return TrialRun(before, math.inf, math.inf, STEPS)
    after = copy.loss(*rows, training=True)
    return TrialRun(before, after if math.isfinite(after) else math.inf, math.inf, STEPS)
