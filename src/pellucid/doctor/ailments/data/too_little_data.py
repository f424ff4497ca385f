"""DR208: there are too few rows for what the network can learn by heart."""

from pellucid.doctor.ailment import Ailment, Sign
from pellucid.doctor.chart import Chart
from pellucid.doctor.thresholds import FEW_ROWS, GAP

__all__ = ["AILMENT"]


def look(chart: Chart) -> Sign | None:
    """A few rows of each class are known by heart, and new ones are not."""
    data, last = chart.data, chart.last
    if (
        data is None
        or last is None
        or last.train_accuracy is None
        or last.val_accuracy is None
        or not data.targets.classes
    ):
        return None
    each = data.rows / max(1, data.targets.distinct)
    if data.held_rows < 30 or each > FEW_ROWS or last.train_accuracy - last.val_accuracy < GAP:
        return None
    evidence = (
        f"{data.rows} training rows are {each:.0f} for each class; accuracy is {last.train_accuracy:.0%} on them and "
        f"{last.val_accuracy:.0%} on validation rows"
    )
    return Sign(evidence, "training rows", "medium")


AILMENT = Ailment(
    code="DR208",
    name="too-little-data",
    title="There are too few rows for what the network can learn by heart",
    reads=(
        "data",
        "train_accuracy",
        "val_accuracy",
    ),
    look=look,
    explains=(
        "overfitting",
        "collapse-after-best",
    ),
    cures={
        "": "Get more rows, augment them, start from a trained network, or use a smaller one.",
    },
    about="""With a handful of rows a class, a network learns each by heart, and what it makes of new ones is luck.

How it is found: at most 15 training rows a class, and accuracy at least 15 points lower on validation rows.

In health: hundreds of rows a class, or a small gap.""",
)
