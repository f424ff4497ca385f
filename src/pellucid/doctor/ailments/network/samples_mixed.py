"""DR409: a row's output depends on the other rows of its batch."""

from pellucid.doctor.ailment import Ailment, Sign
from pellucid.doctor.chart import Chart
from pellucid.doctor.examinations.dependence import own_rows_only
from pellucid.doctor.thresholds import MIXED

__all__ = ["AILMENT"]


def look(chart: Chart) -> Sign | None:
    """In evaluation mode, a row alone has another output than in a batch."""
    found = chart.examine(own_rows_only)
    if found is None or found < MIXED:
        return None
    return Sign(
        f"in evaluation mode, outputs change by {found:.1%} of their size when other rows join the batch", "network"
    )


AILMENT = Ailment(
    code="DR409",
    name="samples-mixed",
    title="A row's output depends on the other rows of its batch",
    reads=("own_rows_only",),
    look=look,
    explains=(
        "overfitting",
        "labels-wrong",
    ),
    cures={
        "": "Look for a reshape, softmax, mean or normalization that runs over the rows: the first axis is the batch.",
    },
    about="""A reshape that moves numbers between rows, a softmax or a normalization over the first axis: predictions depend on
what happens to be in the batch.

How it is found: in evaluation mode, the outputs of rows one by one are compared with those of the same rows together.

In health: equal up to rounding.""",
)
