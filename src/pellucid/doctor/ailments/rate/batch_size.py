"""DR112: the batch is so large that there are hardly any steps."""

from pellucid.doctor.ailment import Ailment, Sign
from pellucid.doctor.chart import Chart
from pellucid.doctor.examinations.trial import as_it_is
from pellucid.doctor.prescription import Prescription, Treatment
from pellucid.doctor.thresholds import FEW_STEPS, POORLY_LEARNED, TRIAL_LEARNS

__all__ = ["AILMENT"]


def look(chart: Chart) -> Sign | None:
    """Few steps of large batches learned poorly, and as many rows in small batches learn."""
    steps, size = len(chart.losses), chart.setup.batch_size
    if not 0 < steps < FEW_STEPS or size <= 256 or chart.learned is None or chart.learned > POORLY_LEARNED:
        return None
    own = chart.examine(as_it_is)
    if own is None or chart.final_loss is None or own.steps * 64 > steps * size:
        return None  # fewer rows than the run has seen, or the comparison is none
    if not own.after < TRIAL_LEARNS * chart.final_loss:
        return None
    evidence = (
        f"{steps} steps of {size} rows end at the loss {chart.final_loss:.3g}; {own.steps} steps of 64 "
        "rows, which are fewer rows, at "
        f"{own.after:.3g}"
    )
    return Sign(evidence, "batch size")


AILMENT = Ailment(
    code="DR112",
    name="batch-size",
    title="The batch is so large that there are hardly any steps",
    reads=(
        "loss",
        "as_it_is",
    ),
    look=look,
    explains=(
        "too-few-epochs",
        "learning-rate-too-low",
    ),
    cures={
        "": "Use smaller batches (32 to 256), or more epochs and a higher learning rate.",
        "keras": "Pass batch_size=32 to 256 to fit, or train for more epochs with a higher learning_rate.",
    },
    treatment=Treatment(lambda chart: (Prescription(batch_size=64), Prescription(batch_size=64, epochs=4))),
    about="""One batch gives one step, however large it is. With whole data sets as batches, an epoch is one step.

How it is found: there were fewer than 100 steps of more than 256 rows, the run learned little, and a copy with batches of 64,
which sees fewer rows in all, ends below half of its loss.

In health: hundreds of steps.""",
)
