"""DR106: clipping leaves so little of each gradient that steps are tiny."""

from pellucid.doctor.ailment import Ailment, Sign
from pellucid.doctor.chart import Chart
from pellucid.doctor.examinations.changes import without_clipping
from pellucid.doctor.examinations.trial import as_it_is
from pellucid.doctor.options import only
from pellucid.doctor.prescription import Treatment
from pellucid.doctor.thresholds import CLIPPED, POORLY_LEARNED, STANDS_STILL, TRIAL_HELPS, TRIAL_LEARNS

__all__ = ["AILMENT"]


def look(chart: Chart) -> Sign | None:
    """Most gradients are clipped to a small part, in a run that learned poorly, and without clipping a copy learns."""
    limit = chart.setup.optimizer.clip_norm
    norms = sorted(step.gradient_norm for step in chart.steps if step.gradient_norm == step.gradient_norm)
    if limit is None or not norms or chart.learned is None or chart.learned > POORLY_LEARNED:
        return None
    middle = norms[len(norms) // 2]
    if middle < CLIPPED * limit:
        return None
    own, without = chart.examine(as_it_is), chart.examine(without_clipping)
    if (
        own is None
        or without is None
        or not without.after < (TRIAL_HELPS if own.fell_by < STANDS_STILL else TRIAL_LEARNS) * own.after
    ):
        return None
    evidence = (
        f"gradients have the length {middle:.2g} and are cut to {limit:.2g}; without clipping {own.steps} steps end at the loss "
        f"{without.after:.3g} instead of {own.after:.3g}"
    )
    return Sign(evidence, "clipping", values={"norm": middle})


AILMENT = Ailment(
    code="DR106",
    name="gradient-clipped-away",
    title="Clipping leaves so little of each gradient that steps are tiny",
    reads=(
        "gradient_norm",
        "without_clipping",
    ),
    look=look,
    explains=(
        "learning-rate-too-low",
        "too-few-epochs",
        "vanishing-gradient",
    ),
    cures={
        "": "Clip at about the usual length of the gradient ({norm:.2g} here), or not at all.",
        "pellucid": "Give clip_norm about the usual length of the gradient ({norm:.2g} here), or leave it out.",
        "keras": "Give the optimizer global_clipnorm of about the usual length of the gradient ({norm:.2g} here), or "
        "leave clipnorm, global_clipnorm and clipvalue out.",
    },
    treatment=Treatment(only(no_clipping=True)),
    about="""A limit far below the usual length of the gradient scales every step down, as a learning rate that is too low
would.

How it is found: half of the gradients are 10 times as long as the limit or more, the run learned little, and a copy without
clipping learns much more in the same steps. (Optimizers such as Adam divide by the gradient's size, and hardly notice.)

In health: clipping cuts a few gradients.""",
)
