"""DR202: inputs hold NaN, or nothing but one value."""

from pellucid.doctor.ailment import Ailment, Sign
from pellucid.doctor.chart import Chart
from pellucid.doctor.thresholds import CONSTANT_COLUMNS

__all__ = ["AILMENT"]


def look(chart: Chart) -> Sign | None:
    """A value is not finite, or all columns are constant."""
    if chart.data is None:
        return None
    for part, inputs in (("training", chart.data.inputs), ("validation", chart.data.held_inputs)):
        if inputs is None:
            continue
        if inputs.not_finite is not None:
            row, column = inputs.not_finite
            return Sign(f"a value of the {part} inputs is not a finite number", f"{part} row {row}, column {column}")
        rows = chart.data.rows if part == "training" else chart.data.held_rows
        if rows > 1 and inputs.constant > CONSTANT_COLUMNS:
            value = (
                f"all are {inputs.mean[0]:.3g}" if (inputs.mean == inputs.mean[0]).all() else "every row is the same"
            )
            return Sign(f"{inputs.constant:.0%} of the {part} columns never change: {value}", f"{part} inputs")
    return None


AILMENT = Ailment(
    code="DR202",
    name="inputs-broken",
    title="Inputs hold NaN, or nothing but one value",
    reads=("data",),
    look=look,
    explains=(
        "learning-rate-too-low",
        "learning-rate-too-high",
        "dead-units",
        "vanishing-gradient",
        "no-gradient-reaches",
        "too-small-network",
        "labels-wrong",
        "preprocessing-differs",
        "data-leak",
    ),
    cures={
        "": "Look at a row as the network reads it: divide pixels as floats (x.astype('float32') / 255, not x // 255), and correct "
        "or leave out rows with NaN.",
        "keras": "Look at a batch as the model reads it: divide pixels as floats (x.astype('float32') / 255, not x // "
        "255), and correct or leave out rows with NaN.",
    },
    about="""The network sees the same for every row, or something that is no number. A frequent reason is division of whole
numbers (`pixels // 255` is 0 nearly everywhere), an array that was allocated and never filled, or missing values of a table.

How it is found: nearly every column has the spread 0 over thousands of rows; or a value is NaN or infinite.

In health: some columns may be constant (the corner of an image), never all of them.""",
)
