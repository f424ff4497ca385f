"""The rate that learns best: trials from the run's beginning at lower and higher learning rates."""

from pellucid.doctor.examinations.trial import TrialRun, trial
from pellucid.doctor.patient import Patient, Variation

__all__ = ["best_of", "higher_rates", "lower_rates"]

LOWER, HIGHER = (0.1, 0.01, 0.001), (10.0, 100.0, 1e3, 1e4)
COSTLY = 1e6  # multiply-adds of a row: of such a network, only the first two rates are tried


def lower_rates(patient: Patient) -> dict[float, TrialRun]:
    """Return trials at lower rates, by what multiplies the run's rate."""
    return _tried(patient, LOWER)


def higher_rates(patient: Patient) -> dict[float, TrialRun]:
    """Return trials at higher rates, by what multiplies the run's rate."""
    return _tried(patient, HIGHER)


def best_of(trials: dict[float, TrialRun]) -> tuple[float, TrialRun]:
    """Return the trial that ended lowest, and its factor."""
    return min(trials.items(), key=lambda item: item[1].after)


def _tried(patient: Patient, factors: tuple[float, ...]) -> dict[float, TrialRun]:
    tried = factors[:2] if patient.cost > COSTLY else factors
    return {factor: trial(patient, Variation(initial=True, rate=factor)) for factor in tried}
