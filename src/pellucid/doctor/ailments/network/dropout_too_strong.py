"""DR410: dropout removes so much that little can be learned."""

from pellucid.doctor.ailment import Ailment, Sign
from pellucid.doctor.chart import Chart
from pellucid.doctor.examinations.changes import without_dropout
from pellucid.doctor.examinations.trial import as_it_is
from pellucid.doctor.options import only
from pellucid.doctor.prescription import Treatment
from pellucid.doctor.thresholds import POORLY_LEARNED, STRONG_DROPOUT, TRIAL_LEARNS

__all__ = ["AILMENT"]


def look(chart: Chart) -> Sign | None:
    """A dropout is strong, the run learned poorly, and without it a copy learns."""
    strongest = max(
        (layer for layer in chart.setup.layers if layer.drops is not None),
        key=lambda layer: layer.drops or 0,
        default=None,
    )
    if (
        strongest is None
        or (strongest.drops or 0) < STRONG_DROPOUT
        or chart.learned is None
        or chart.learned > POORLY_LEARNED
    ):
        return None
    own, without = chart.examine(as_it_is), chart.examine(without_dropout)
    if own is None or without is None or not without.after < TRIAL_LEARNS * own.after:
        return None
    evidence = (
        f"it drops {strongest.drops:.0%}; without dropout {own.steps} steps end at the loss "
        f"{without.after:.3g} instead of {own.after:.3g}"
    )
    return Sign(evidence, strongest.name)


AILMENT = Ailment(
    code="DR410",
    name="dropout-too-strong",
    title="Dropout removes so much that little can be learned",
    reads=(
        "setup",
        "without_dropout",
    ),
    look=look,
    explains=(
        "too-few-epochs",
        "learning-rate-too-low",
        "too-small-network",
        "dead-units",
        "vanishing-gradient",
    ),
    cures={
        "": "Drop 0.1 to 0.5.",
        "pellucid": "Dropout(keep=0.5) to 0.9: keep is the share that stays.",
        "keras": "Give {where} a rate of 0.1 to 0.5.",
    },
    treatment=Treatment(only(no_dropout=True), judged_by="validation loss"),
    about="""Dropping 90 % of the units leaves a network of a tenth, another one in each step. Some libraries count the share
that is dropped, others the share that is kept.

How it is found: 60 % or more are dropped, the run learned little, and a copy without dropout learns much more in the same
steps.

In health: 10 to 50 %.""",
)
