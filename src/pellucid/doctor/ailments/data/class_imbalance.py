"""DR207: one class has nearly all rows, and the network answers with it."""

import numpy as np

from pellucid.doctor.ailment import Ailment, Sign
from pellucid.doctor.chart import Chart
from pellucid.doctor.examinations.answers import answered_classes
from pellucid.doctor.options import only
from pellucid.doctor.prescription import Treatment
from pellucid.doctor.thresholds import FOUND_RARE, IMBALANCED

__all__ = ["AILMENT"]


def look(chart: Chart) -> Sign | None:
    """The largest class has most of the rows, and the others are hardly found."""
    data = chart.data
    if data is None or not data.targets.classes or data.targets.majority < IMBALANCED or data.targets.distinct < 2:
        return None
    answers = chart.examine(answered_classes)
    if answers is None or answers.others_found is None or answers.others_found > FOUND_RARE:
        return None
    largest = int(np.argmax(data.targets.classes))
    evidence = (
        f"class {largest} has {data.targets.majority:.0%} of the training rows, and answering it always gives the same accuracy; "
        f"of the {answers.others} {answers.part} rows of other classes {answers.others_found:.0%} are found"
    )
    return Sign(evidence, f"class {largest}")


AILMENT = Ailment(
    code="DR207",
    name="class-imbalance",
    title="One class has nearly all rows, and the network answers with it",
    reads=("data", "answered_classes"),
    look=look,
    explains=(
        "overfitting",
        "labels-wrong",
        "learning-rate-too-low",
        "too-small-network",
        "collapse-after-best",
        "too-few-epochs",
    ),
    cures={
        "": "Weight the classes in the loss, or draw them equally often; judge by balanced accuracy or F1.",
        "pellucid": "Draw classes equally often (balanced=True) or weight them (Trainer(class_weight=...)); judge by "
        "metrics=['f1'].",
        "torch": "Pass weight= to the loss (the inverse of the class counts), or use a WeightedRandomSampler; judge by F1.",
        "keras": "Pass class_weight= to fit (the inverse of the class counts); judge by balanced accuracy or F1.",
    },
    treatment=Treatment(only(balanced=True), judged_by="balanced accuracy"),
    about="""Where one class has nearly all rows, answering it always is nearly always right: the loss is low, accuracy is high,
and the other classes are never found.

How it is found: the largest class has 80 % of the training rows or more, and of the rows of all other classes at most half are
found.

In health: the other classes are found although they are rare.""",
)
