"""What samples that are not augmented would change."""

from dataclasses import dataclass

from pellucid.doctor.examinations.trial import TrialRun, trial
from pellucid.doctor.patient import Patient, Variation

__all__ = ["PlainRows", "on_plain_rows"]

ROWS, ENOUGH = 640, 200


@dataclass(frozen=True)
class PlainRows:
    """A trial on rows that nothing changes, and what the run makes of them."""

    trial: TrialRun
    now: float  # the loss that the run's weights have on these rows, in training mode


def on_plain_rows(patient: Patient) -> PlainRows | None:
    """Train from the run's beginning on validation rows, which are never augmented; on training rows where these are few."""
    held = patient.rows("validation", ROWS)
    rows = held if held is not None and len(held.y) >= ENOUGH else patient.rows("training", ROWS)
    if rows is None:
        return None
    return PlainRows(trial(patient, Variation(initial=True), rows), patient.loss(*rows, training=True))
