"""DR104: steps add up to one that is many times as long."""

from pellucid.doctor.ailment import Ailment, Sign
from pellucid.doctor.chart import Chart
from pellucid.doctor.examinations.changes import RATES_WITHOUT_MOMENTUM, without_momentum
from pellucid.doctor.examinations.trial import as_it_is
from pellucid.doctor.prescription import Prescription, Treatment
from pellucid.doctor.thresholds import HIGH_MOMENTUM, POORLY_LEARNED, TRIAL_LEARNS

__all__ = ["AILMENT"]


def look(chart: Chart) -> Sign | None:
    """Momentum is near 1 in a run that learned poorly, and without it a copy learns."""
    momentum = chart.setup.optimizer.momentum
    failed = bool(chart.not_finite) and not chart.not_finite_in_data
    if momentum < HIGH_MOMENTUM or not (failed or (chart.learned is not None and chart.learned <= POORLY_LEARNED)):
        return None
    own, without = chart.examine(as_it_is), chart.examine(without_momentum)
    if own is None or without is None:
        return None
    reached = own.after if failed or chart.final_loss is None else chart.final_loss
    if not without.unseen < TRIAL_LEARNS * min(reached, own.before):
        return None
    longer = f"up to {1 / (1 - momentum):.0f} times as long" if momentum < 1 else "longer without end"
    evidence = (
        f"momentum {momentum:g} makes steps {longer}; without it {without.steps} steps end at the loss {without.unseen:.3g} on "
        f"other rows, where the run ended at {reached:.3g}"
    )
    return Sign(evidence, "momentum")


AILMENT = Ailment(
    code="DR104",
    name="momentum-too-high",
    title="Steps add up to one that is many times as long",
    reads=(
        "momentum",
        "without_momentum",
    ),
    look=look,
    explains=(
        "learning-rate-too-high",
        "learning-rate-too-low",
        "dead-units",
        "exploding-gradient",
        "collapse-after-best",
    ),
    cures={
        "": "Use momentum 0.9; with more, lower the learning rate by the same factor as 1 - momentum.",
        "keras": "Use momentum=0.9 (Adam: beta_1=0.9); with more, lower learning_rate by the same factor as 1 - "
        "momentum.",
    },
    treatment=Treatment(
        lambda chart: tuple(Prescription(no_momentum=True, rate=rate) for rate in RATES_WITHOUT_MOMENTUM)
    ),
    about="""Momentum m adds up the steps of about 1 / (1 - m) batches. Near 1 the sum is hundreds of steps long, overshoots and
swings.

How it is found: momentum is 0.98 or more, the run learned little, and a copy without momentum, at the run's rate or at 10 or 100
times it, ends below half of the run's loss within 80 steps.

In health: 0.9, where the sum is ten steps long.""",
)
