"""One setting changed: trials without momentum, decay, clipping or dropout, with all parameters, and of the run as it goes on."""

from pellucid.doctor.examinations.trial import TrialRun, trial
from pellucid.doctor.patient import Patient, Variation

__all__ = [
    "RATES_WITHOUT_MOMENTUM",
    "continued",
    "with_all_parameters",
    "without_clipping",
    "without_decay",
    "without_dropout",
    "without_momentum",
]

RATES_WITHOUT_MOMENTUM = (1.0, 10.0, 100.0)  # times the run's: momentum m lengthens steps by 1 / (1 - m)


def without_momentum(patient: Patient) -> TrialRun:
    """Train from the run's beginning without momentum, at the run's rate and higher ones; return the trial that ended lowest."""
    rates = RATES_WITHOUT_MOMENTUM
    trials = (trial(patient, Variation(initial=True, no_momentum=True, rate=rate)) for rate in rates)
    return min(trials, key=lambda run: run.unseen)


def without_clipping(patient: Patient) -> TrialRun:
    """Train from the run's beginning without a limit on the gradient."""
    return trial(patient, Variation(initial=True, no_clipping=True))


def without_dropout(patient: Patient) -> TrialRun:
    """Train from the run's beginning with every unit kept."""
    return trial(patient, Variation(initial=True, no_dropout=True))


def with_all_parameters(patient: Patient) -> TrialRun:
    """Train from the run's beginning, and let every parameter learn."""
    return trial(patient, Variation(initial=True, all_parameters=True))


def continued(patient: Patient) -> TrialRun:
    """Train on from where the run is."""
    return trial(patient, Variation())


def without_decay(patient: Patient) -> TrialRun:
    """Train from the run's beginning without decay and L2."""
    return trial(patient, Variation(initial=True, no_decay=True))
