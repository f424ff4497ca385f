"""The rate that learns best: trials from the run's beginning at lower and higher learning rates."""

from pellucid.doctor.examinations.trial import TrialRun, trial
from pellucid.doctor.patient import Patient, Variation
from pellucid.doctor.thresholds import TRIAL_LEARNS

__all__ = ["best_of", "higher_rates", "lower_rates"]

LOWER, HIGHER = (0.1, 0.01, 0.001), (10.0, 100.0, 1e3, 1e4)
FAR_LOWER = (1e-4, 1e-5, 1e-6, 1e-7, 1e-8)  # tried in turn, while a lower rate still throws the loss about
STILL = 0.05  # of the loss: a trial that changes it by less is slow, and lower rates need no trial
COSTLY = 1e6  # multiply-adds of a row: of such a network, only the first two rates are tried


def lower_rates(patient: Patient) -> dict[float, TrialRun]:
    """Return trials at lower rates, by what multiplies the run's rate: down to 1e-8 times where others help nothing."""
    trials = _tried(patient, LOWER)
    for factor in FAR_LOWER:
        if any(run.unseen < TRIAL_LEARNS * run.before for run in trials.values()) or _is_slow(trials[min(trials)]):
            break
        trials[factor] = trial(patient, Variation(initial=True, rate=factor))
    return trials


def higher_rates(patient: Patient) -> dict[float, TrialRun]:
    """Return trials at higher rates, by what multiplies the run's rate."""
    return _tried(patient, HIGHER)


def best_of(trials: dict[float, TrialRun]) -> tuple[float, TrialRun]:
    """Return the trial that ended lowest, and its factor."""
    return min(trials.items(), key=lambda item: item[1].after)


def _tried(patient: Patient, factors: tuple[float, ...]) -> dict[float, TrialRun]:
    tried = factors[:2] if patient.cost > COSTLY else factors
    return {factor: trial(patient, Variation(initial=True, rate=factor)) for factor in tried}


def _is_slow(run: TrialRun) -> bool:
    return abs(run.fell_by) < STILL
