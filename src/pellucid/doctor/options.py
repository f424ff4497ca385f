"""Options of treatments that several ailments have: changes of a run that fit its chart."""

import math
from collections.abc import Callable, Sequence

from pellucid.doctor.chart import Chart
from pellucid.doctor.examinations.trial import TrialRun
from pellucid.doctor.patient import Patient
from pellucid.doctor.prescription import Prescription
from pellucid.doctor.thresholds import UNSCALED

__all__ = ["calmer_starts", "only", "other_rates", "without_last_layer"]

BEST = 2  # of the rates that an examination tried
MODEST = 0.1  # times the rate, where nothing says which would be best


def only(**changes: object) -> Callable[[Chart], Sequence[Prescription]]:
    """Return options that are one prescription, whatever the chart."""
    options = (Prescription(**changes),)  # type: ignore[arg-type]
    return lambda chart: options


def other_rates(chart: Chart, examination: Callable[[Patient], dict[float, TrialRun]]) -> tuple[Prescription, ...]:
    """Return the rates of an examination that learned best on rows that were not trained on."""
    trials = chart.examine(examination) or {}
    ranked = sorted((run.unseen, factor) for factor, run in trials.items() if math.isfinite(run.unseen))
    return tuple(Prescription(rate=factor) for _, factor in ranked[:BEST])


def calmer_starts(chart: Chart) -> tuple[Prescription, ...]:
    """Return what keeps signals and gradients at a usual size: standardized inputs, usual weights, a lower rate, clipping."""
    data = chart.data
    unscaled = data is not None and data.inputs.scale > UNSCALED
    options = [Prescription(standardized_inputs=True)] if unscaled else []
    options += [Prescription(usual_weights=True), Prescription(rate=MODEST), Prescription(clip_norm=1.0)]
    return tuple(options)


def without_last_layer(chart: Chart) -> tuple[Prescription, ...]:
    """Return the network without its last layer, if that has no weights."""
    layers = chart.setup.layers
    if len(layers) < 2 or layers[-1].weight is not None or layers[-1].kind == "flatten":
        return ()
    return (Prescription(drop_last=True),)
