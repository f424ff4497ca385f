"""DR213: rows come in the order of their classes."""

from pellucid.doctor.ailment import Ailment, Sign
from pellucid.doctor.chart import Chart
from pellucid.doctor.thresholds import ONE_CLASS, SAME_BATCHES

__all__ = ["AILMENT"]


def look(chart: Chart) -> Sign | None:
    """Most batches hold mostly one class, though no class has that share of the data."""
    shares = sorted(batch.majority for batch in chart.batches if batch.majority is not None and batch.rows >= 8)
    if (
        len(shares) < SAME_BATCHES
        or chart.data is None
        or not chart.data.targets.classes
        or chart.data.targets.distinct < 2
    ):
        return None
    middle, usual = shares[len(shares) // 2], chart.data.targets.majority
    if middle < max(ONE_CLASS, 1 - (1 - usual) / 3):
        return None
    return Sign(
        f"in the middle batch {middle:.0%} of the rows are of one class, in the data the largest has {usual:.0%}",
        "batches",
    )


AILMENT = Ailment(
    code="DR213",
    name="not-shuffled",
    title="Rows come in the order of their classes",
    reads=(
        "batches",
        "data",
    ),
    look=look,
    explains=(
        "same-batch",
        "overfitting",
        "collapse-after-best",
        "learning-rate-too-high",
        "labels-wrong",
    ),
    cures={
        "": "Shuffle the rows in every epoch.",
        "torch": "Write DataLoader(..., shuffle=True) for training.",
        "keras": "Shuffle the data before fit; a generator or tf.data pipeline is not shuffled by it.",
    },
    about="""Batches of one class pull the network to that class, and the next ones to another: it forgets as fast as it learns.

How it is found: the classes of sampled batches are counted, and most batches consist nearly of one class.

In health: every batch looks like the data.""",
)
