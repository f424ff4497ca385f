"""DR211: the parts hold different classes, since sorted data were cut."""

from pellucid.doctor.ailment import Ailment, Sign
from pellucid.doctor.chart import Chart
from pellucid.doctor.thresholds import CLASSES_APART

__all__ = ["AILMENT"]


def look(chart: Chart) -> Sign | None:
    """Validation rows are of classes that the training part lacks."""
    data = chart.data
    if data is None or data.held_targets is None or not data.targets.classes or not data.held_targets.classes:
        return None
    pairs = list(zip(data.targets.classes, data.held_targets.classes, strict=False))
    lacking = [number for number, (train, held) in enumerate(pairs) if held and not train]
    share = sum(pairs[number][1] for number in lacking) / max(1, data.held_rows)
    if not lacking or share < CLASSES_APART:
        return None
    named = ", ".join(map(str, lacking[:5])) + (", ..." if len(lacking) > 5 else "")
    several = "classes" if len(lacking) > 1 else "class"
    return Sign(f"{share:.0%} of the validation rows are of {several} {named}, which training lacks", "split")


AILMENT = Ailment(
    code="DR211",
    name="sorted-split",
    title="The parts hold different classes, since sorted data were cut",
    reads=("data",),
    look=look,
    explains=("overfitting", "labels-wrong", "collapse-after-best", "preprocessing-differs"),
    cures={
        "": "Shuffle rows before splitting, with the same share of each class in every part.",
        "pellucid": "Shuffle before splitting: fit(..., validation=0.2) draws the rows, a Dataset's with each class's share.",
        "torch": "Shuffle before splitting: torch.utils.data.random_split, or train_test_split(..., stratify=y).",
        "keras": "Shuffle before fit: validation_split takes the last rows as they lie.",
    },
    about="""Data sorted by class were cut in two, so that the validation part holds classes which the network never saw.

How it is found: a tenth of the validation rows or more are of classes that the training part lacks.

In health: every class of the validation part occurs in training.""",
)
