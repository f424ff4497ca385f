"""DR215: a column of the inputs is the target."""

from pellucid.doctor.ailment import Ailment, Sign
from pellucid.doctor.chart import Chart

__all__ = ["AILMENT"]


def look(chart: Chart) -> Sign | None:
    """A column says the target exactly."""
    data = chart.data
    if data is None or data.tells_target is None:
        return None
    kind = "has one value for each class" if data.targets.classes else "is a multiple of the target, plus a constant"
    return Sign(f"in all {data.rows} rows column {data.tells_target} {kind}", f"column {data.tells_target}")


AILMENT = Ailment(
    code="DR215",
    name="target-in-inputs",
    title="A column of the inputs is the target",
    reads=("data",),
    look=look,
    explains=("data-leak", "no-nonlinearity"),
    cures={
        "": "Leave the column out of the inputs: for new samples nobody knows it.",
    },
    about="""The table still holds the target among its inputs, or something that was computed from it: the network copies it, the
result is perfect, and says nothing of samples whose target is not known.

How it is found: of the training rows, 30 or more, one column among several has the correlation 1 or -1 with the numbers to be
predicted (up to rounding); or it has one value within each class, and another in every class.

In health: no column says the target without an error.""",
)
