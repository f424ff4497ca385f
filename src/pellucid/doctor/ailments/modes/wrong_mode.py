"""DR501: training ran in evaluation mode, or evaluation in training mode."""

from pellucid.doctor.ailment import Ailment, Sign
from pellucid.doctor.chart import Chart

__all__ = ["AILMENT"]

KINDS = ("batchnorm", "dropout")


def look(chart: Chart) -> Sign | None:
    """Steps were made, or validation measured, in the other mode, and some layer cares."""
    caring = [layer.name for layer in chart.setup.layers if layer.kind.endswith(KINDS)]
    if not caring:
        return None
    wrong = [step.step for step in chart.steps if not step.training]
    if wrong and len(wrong) == len(chart.steps):
        return Sign("every sampled step was made in evaluation mode", ", ".join(caring[:3]))
    if wrong:
        return Sign(
            f"{len(wrong)} of {len(chart.steps)} sampled steps were made in evaluation mode",
            ", ".join(caring[:3]),
            since_step=wrong[0],
        )
    if chart.validated_in_training_mode:
        return Sign("validation rows were evaluated in training mode", ", ".join(caring[:3]))
    return None


AILMENT = Ailment(
    code="DR501",
    name="wrong-mode",
    title="Training ran in evaluation mode, or evaluation in training mode",
    reads=("training",),
    look=look,
    explains=(
        "overfitting",
        "batch-norm-not-settled",
        "dropout-on-in-evaluation",
        "learning-rate-too-high",
        "samples-mixed",
        "exploding-gradient",
    ),
    cures={
        "": "Train in training mode, evaluate in evaluation mode.",
        "torch": "Call model.train() before the batches of every epoch, and model.eval() before validation.",
        "keras": "Leave training= out of the calls: fit and evaluate set it.",
    },
    about="""Dropout and batch norm compute other things in training than in evaluation. After a validation, a loop that forgets
to switch back trains without dropout and with fixed statistics; one that forgets to switch evaluates with dropout and batch
statistics.

How it is found: the mode is noted at every sampled step, and at evaluations.""",
)
