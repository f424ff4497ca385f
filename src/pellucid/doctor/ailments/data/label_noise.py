"""DR205: many training labels are wrong."""

from pellucid.doctor.ailment import Ailment, Sign
from pellucid.doctor.chart import Chart
from pellucid.doctor.examinations.neighbours import nearest_labels
from pellucid.doctor.thresholds import CLEARLY_RELATED, NEIGHBOURS_FROM, NOISE, SOMEWHAT_SCALED

__all__ = ["AILMENT"]


def look(chart: Chart) -> Sign | None:
    """Training rows have their neighbour's label much less often than validation rows have."""
    if (
        chart.data is None
        or not chart.data.targets.classes
        or chart.data.inputs.not_finite
        or chart.data.inputs.constant == 1
    ):
        return None
    train = chart.last.train_accuracy if chart.last is not None else None
    held = chart.last.val_accuracy if chart.last is not None else None
    if train is None or held is None or (train > 0.98 and held > 0.95):  # nothing speaks for it
        return None
    found = chart.examine(nearest_labels)
    if found is None or found.training is None or found.validation is None or found.validation.rows < NEIGHBOURS_FROM:
        return None
    if found.validation.found - found.training.found < NOISE or found.training.margin < CLEARLY_RELATED:
        return None
    share = 1 - (found.training.found / found.validation.found) ** 0.5
    evidence = (
        f"a training row has its nearest neighbour's label in {found.training.found:.0%} of cases, a validation row in "
        f"{found.validation.found:.0%}: as if {share:.0%} of the training labels were wrong"
    )
    stretch = chart.data.stretch or 1.0
    sure = 1 / SOMEWHAT_SCALED < stretch < SOMEWHAT_SCALED  # noise in the inputs, too, takes neighbours apart
    return Sign(evidence, "training labels", "high" if sure else "low")


AILMENT = Ailment(
    code="DR205",
    name="label-noise",
    title="Many training labels are wrong",
    reads=("nearest_labels",),
    look=look,
    explains=(
        "overfitting",
        "too-small-network",
        "learning-rate-too-low",
    ),
    cures={
        "": "Correct labels where neighbours disagree; label smoothing and early stopping reduce the harm.",
    },
    about="""Some rows have the label of another class. The network first learns what most rows say, then the wrong labels by
heart.

How it is found: rows of the training part have the label of their nearest neighbour far less often than rows of the validation
part (by 15 points or more, still far above chance). Where both parts are equally noisy, this sees nothing;
where inputs have another spread in training than in validation, it is only possible.

In health: about as often, or a little more often, since there are more rows to be near.""",
)
