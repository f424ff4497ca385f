"""What the run would learn without weight decay."""

from pellucid.doctor.examinations.trial import TrialRun, trial
from pellucid.doctor.patient import Change, Patient

__all__ = ["without_decay"]


def without_decay(patient: Patient) -> TrialRun:
    """Train from the run's beginning without decay and L2."""
    return trial(patient, Change(initial=True, no_decay=True))
