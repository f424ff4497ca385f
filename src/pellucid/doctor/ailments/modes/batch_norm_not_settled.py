"""DR503: running statistics are not yet those of the data."""

from pellucid.doctor.ailment import Ailment, Sign
from pellucid.doctor.chart import Chart
from pellucid.doctor.examinations.modes import loss_in_both_modes
from pellucid.doctor.options import only
from pellucid.doctor.prescription import Treatment
from pellucid.doctor.thresholds import MODES_APART

__all__ = ["AILMENT"]


def look(chart: Chart) -> Sign | None:
    """The same training rows have a far higher loss in evaluation mode."""
    norms = [layer.name for layer in chart.setup.layers if layer.kind == "batchnorm"]
    if not norms or chart.setup.batch_size <= 8:
        return None
    losses = chart.examine(loss_in_both_modes)
    if losses is None or chart.constant_loss is None or chart.learned is None:
        return None
    training, evaluation = losses
    if not evaluation > MODES_APART * max(training, 0.05 * chart.constant_loss):
        return None
    evidence = (
        f"the same training rows have the loss {training:.3g} in training mode and {evaluation:.3g} in evaluation mode"
    )
    return Sign(f"{evidence}, after {len(chart.losses)} steps", ", ".join(norms[:3]))


AILMENT = Ailment(
    code="DR503",
    name="batch-norm-not-settled",
    title="Running statistics are not yet those of the data",
    reads=("loss_in_both_modes",),
    look=look,
    explains=(
        "overfitting",
        "preprocessing-differs",
        "labels-wrong",
    ),
    cures={
        "": "Train longer, or let running statistics follow faster (decay 0.9 instead of 0.99).",
        "torch": "Train longer, or give BatchNorm a larger momentum (0.1 is usual; PyTorch counts the new share).",
        "keras": "Train longer, or give {where} momentum=0.9 (the default 0.99 needs some hundred steps).",
    },
    treatment=Treatment(only(epochs=4), judged_by="validation loss"),
    about="""In training, batch norm uses each batch's own mean and variance; in evaluation, averages that follow slowly. After
few steps, or with a slow decay, these are still near where they began.

How it is found: 256 training rows have more than three times the loss in evaluation mode that they have in training mode.

In health: about the same.""",
)
