"""DR504: batch norm measures mean and variance on a few rows."""

from pellucid.doctor.ailment import Ailment, Sign
from pellucid.doctor.chart import Chart
from pellucid.doctor.examinations.modes import loss_in_both_modes
from pellucid.doctor.prescription import Prescription, Treatment
from pellucid.doctor.thresholds import MODES_APART, TINY_BATCH, TINY_BATCH_LEARNED

__all__ = ["AILMENT"]


def look(chart: Chart) -> Sign | None:
    """Batches have a few rows, and training learned poorly, or evaluation differs."""
    norms = [layer.name for layer in chart.setup.layers if layer.kind == "batchnorm"]
    if not norms or chart.setup.batch_size > TINY_BATCH or chart.learned is None:
        return None
    if chart.learned > TINY_BATCH_LEARNED:
        losses = chart.examine(loss_in_both_modes)
        if losses is None or not losses[1] > MODES_APART * max(losses[0], 0.05 * (chart.constant_loss or 0)):
            return None
    size = chart.setup.batch_size
    evidence = (
        f"mean and variance of each batch come from {size} rows; training removed "
        f"{chart.learned:.0%} of a constant prediction's loss"
    )
    return Sign(evidence, ", ".join(norms[:3]))


AILMENT = Ailment(
    code="DR504",
    name="batch-norm-tiny-batch",
    title="Batch norm measures mean and variance on a few rows",
    reads=(
        "setup",
        "loss_in_both_modes",
    ),
    look=look,
    explains=(
        "batch-norm-not-settled",
        "overfitting",
        "learning-rate-too-high",
        "learning-rate-too-low",
        "too-few-epochs",
        "dead-units",
    ),
    cures={
        "": "Use batches of 16 rows or more, or layer norm or group norm, which do not look at the batch.",
        "keras": "Pass batch_size=16 or more to fit, or use LayerNormalization or GroupNormalization instead of "
        "{where}.",
    },
    treatment=Treatment(
        lambda chart: (Prescription(batch_size=32), Prescription(batch_size=32, epochs=8)), judged_by="validation loss"
    ),
    about="""The mean of two rows is as random as the rows. With one row, a batch norm's output is 0 whatever the input.

How it is found: batches have at most 4 rows, and the run learned little, or the same rows have a far higher loss in evaluation
mode.

In health: 16 rows or more.""",
)
