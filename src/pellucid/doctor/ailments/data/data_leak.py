"""DR209: validation rows are training rows."""

from pellucid.doctor.ailment import Ailment, Sign
from pellucid.doctor.chart import Chart
from pellucid.doctor.thresholds import REPEATED_ROWS, SHARED_ROWS

__all__ = ["AILMENT"]


def look(chart: Chart) -> Sign | None:
    """Many validation rows equal a training row, though rows hardly repeat."""
    data = chart.data
    if data is None or data.shared < SHARED_ROWS or data.repeated > REPEATED_ROWS * data.shared:
        return None
    if data.held_inputs is not None and data.held_inputs.constant == 1:
        return None
    return Sign(
        f"{data.shared:.0%} of the {data.held_rows} validation rows are also training rows; within the training part "
        f"{data.repeated:.1%} repeat",
        "validation rows",
    )


AILMENT = Ailment(
    code="DR209",
    name="data-leak",
    title="Validation rows are training rows",
    reads=("data",),
    look=look,
    cures={
        "": "Split once, before rows are copied, shuffled or augmented, and remove the shared rows from one part; the validation "
        "result says nothing until then.",
    },
    about="""What is measured on rows that were trained on says nothing of new ones: the result is too good.

How it is found: rows of both parts are compared number by number (in large data a sample of them), and a tenth or more of the
validation rows occur in the training part, whereas rows repeat much less within it.

In health: none, or as few as repeat anyway (tables with few distinct rows).""",
)
