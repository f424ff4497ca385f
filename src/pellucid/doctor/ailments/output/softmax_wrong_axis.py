"""DR303: the softmax runs over the rows of the batch instead of the classes."""

from pellucid.doctor.ailment import Ailment, Sign
from pellucid.doctor.chart import Chart
from pellucid.doctor.examinations.outputs import output_form

__all__ = ["AILMENT"]


def look(chart: Chart) -> Sign | None:
    """Columns add up to 1 over the batch, rows do not."""
    if (chart.setup.outputs or 0) < 2:
        return None
    form = chart.examine(output_form)
    if form is None or not form.columns_sum_to_one or form.rows_sum_to_one:
        return None
    return Sign(
        f"each output adds up to 1 over the {form.rows} rows of a batch, instead of each row over its outputs",
        "outputs",
    )


AILMENT = Ailment(
    code="DR303",
    name="softmax-wrong-axis",
    title="The softmax runs over the rows of the batch instead of the classes",
    reads=("output_form",),
    look=look,
    explains=(
        "samples-mixed",
        "learning-rate-too-low",
        "double-softmax",
        "vanishing-gradient",
    ),
    cures={
        "": "Apply the softmax over the classes, the last axis.",
        "torch": "Write softmax(x, dim=1), or leave it out: nn.CrossEntropyLoss takes logits.",
        "keras": "Write Softmax(axis=-1), over the classes.",
    },
    about="""A softmax over the first axis compares rows of a batch with each other, so that a row's prediction depends on the
others.

How it is found: each output adds up to 1 over the rows of a batch, whatever the batch.""",
)
