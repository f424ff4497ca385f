"""DR502: two evaluations of the same rows differ."""

from pellucid.doctor.ailment import Ailment, Sign
from pellucid.doctor.chart import Chart
from pellucid.doctor.examinations.dependence import evaluations_differ
from pellucid.doctor.thresholds import MIXED

__all__ = ["AILMENT"]


def look(chart: Chart) -> Sign | None:
    """Outputs in evaluation mode are random."""
    found = chart.examine(evaluations_differ)
    if found is None or found < MIXED:
        return None
    return Sign(
        f"in evaluation mode, outputs of the same rows differ by {found:.1%} of their size from one call to the next",
        "network",
    )


AILMENT = Ailment(
    code="DR502",
    name="dropout-on-in-evaluation",
    title="Two evaluations of the same rows differ",
    reads=("evaluations_differ",),
    look=look,
    explains=(
        "overfitting",
        "samples-mixed",
    ),
    cures={
        "": "Let dropout and other random layers do nothing in evaluation.",
        "torch": "Use nn.Dropout, or F.dropout(x, p, training=self.training).",
        "keras": "Use layers.Dropout, and leave training= out of the call.",
    },
    about="""A dropout that is always on makes predictions random, and worse than they could be.

How it is found: the same rows are evaluated twice.

In health: both are equal.""",
)
