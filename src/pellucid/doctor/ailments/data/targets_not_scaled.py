"""DR203: targets are so large, small or far from 0 that the usual steps do not reach them."""

from pellucid.doctor.ailment import Ailment, Sign
from pellucid.doctor.chart import Chart
from pellucid.doctor.examinations.scaling import with_standardized_targets
from pellucid.doctor.examinations.trial import as_it_is
from pellucid.doctor.options import only
from pellucid.doctor.prescription import Treatment
from pellucid.doctor.thresholds import POORLY_LEARNED, TARGET_SPREADS, TRIAL_LEARNS

__all__ = ["AILMENT"]


def look(chart: Chart) -> Sign | None:
    """Targets are far from mean 0 and spread 1 in a run that learned poorly, and standardized ones are learned."""
    data = chart.data
    if (
        data is None
        or data.targets.classes
        or data.targets.spread == 0
        or chart.setup.loss.takes not in ("numbers", None)
    ):
        return None
    failed = bool(chart.not_finite) and not chart.not_finite_in_data
    if not failed and (chart.learned is None or chart.learned > POORLY_LEARNED):
        return None
    low, high = TARGET_SPREADS
    if low < data.targets.spread < high and abs(data.targets.mean) < high * max(1.0, data.targets.spread):
        return None
    own, scaled = chart.examine(as_it_is), chart.examine(with_standardized_targets)
    if own is None or scaled is None or not own.before > 0:
        return None
    if not scaled.after / scaled.before < TRIAL_LEARNS * min(
        1.0, own.after / own.before, own.after / (chart.constant_loss or own.after)
    ):
        return None
    evidence = (
        f"targets have mean {data.targets.mean:.3g} and spread {data.targets.spread:.3g}; {own.steps} steps take the loss from "
        f"{own.before:.3g} to {own.after:.3g}, on standardized targets from {scaled.before:.3g} to {scaled.after:.3g}"
    )
    return Sign(evidence, "targets")


AILMENT = Ailment(
    code="DR203",
    name="targets-not-scaled",
    title="Targets are so large, small or far from 0 that the usual steps do not reach them",
    reads=(
        "data",
        "with_standardized_targets",
    ),
    look=look,
    explains=(
        "learning-rate-too-high",
        "learning-rate-too-low",
        "exploding-gradient",
        "too-few-epochs",
        "dead-units",
        "gradient-clipped-away",
        "saturated-output",
        "bad-initialisation",
        "vanishing-gradient",
    ),
    cures={
        "": "Standardize the targets (subtract their mean, divide by their standard deviation), and undo it in predictions.",
        "pellucid": "Leave target= out: Trainer then standardizes numbers for its own losses, and predictions are in units.",
        "keras": "Standardize the targets before fit ((y - y.mean()) / y.std()), and undo it after predict.",
    },
    treatment=Treatment(only(standardized_targets=True)),
    about="""A network begins with outputs of about 1 in size. Targets of 200,000 need many thousand steps to reach, or
gradients that throw it away; targets of 0.0001 make a loss so small that nothing moves.

How it is found: the run learned little, the spread of the targets is below 0.05 or above 10 (or their mean is that far from 0),
and a copy learns standardized targets much better in the same steps.

In health: mean 0, spread 1.""",
)
