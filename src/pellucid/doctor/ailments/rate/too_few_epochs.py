"""DR111: training ended while it was still learning fast."""

from pellucid.doctor.ailment import Ailment, Sign
from pellucid.doctor.chart import Chart
from pellucid.doctor.examinations.changes import continued
from pellucid.doctor.prescription import Prescription, Treatment
from pellucid.doctor.thresholds import ENOUGH_STEPS, POORLY_LEARNED, TRIAL_LEARNS

__all__ = ["AILMENT"]


def look(chart: Chart) -> Sign | None:
    """The run learned poorly, and if it goes on it halves its loss soon."""
    if (
        chart.not_finite
        or chart.learned is None
        or chart.learned > POORLY_LEARNED
        or chart.last is None
        or chart.last.step < ENOUGH_STEPS
    ):
        return None
    best = min(chart.epochs, key=lambda epoch: epoch.train_loss)
    going_on = chart.examine(continued) if best is chart.last else None
    if going_on is None or not going_on.after < TRIAL_LEARNS * going_on.before:
        return None
    if chart.constant_loss is not None and going_on.before < POORLY_LEARNED * chart.constant_loss:
        return None  # augmented or mixed samples have a higher loss than these, on which the run is good
    evidence = (
        f"{chart.last.step} steps were made; {going_on.steps} more take the loss on "
        f"{chart.data.rows if chart.data else 'some'} rows "
        f"from {going_on.before:.3g} to {going_on.after:.3g}"
    )
    return Sign(evidence, "epochs", "medium")


AILMENT = Ailment(
    code="DR111",
    name="too-few-epochs",
    title="Training ended while it was still learning fast",
    reads=(
        "loss",
        "continued",
    ),
    look=look,
    cures={
        "": "Train for more epochs.",
        "pellucid": "Train for more epochs (pellucid resume DIR --epochs N goes on).",
        "keras": "Pass a larger epochs= to fit.",
    },
    treatment=Treatment(lambda chart: (Prescription(epochs=4), Prescription(epochs=16))),
    about="""The last epoch is the best, and the next ones would be much better.

How it is found: the run learned little, its last epoch has the lowest training loss, and a copy that goes on for up to 80 steps
halves it.

In health: the loss has levelled off.""",
)
