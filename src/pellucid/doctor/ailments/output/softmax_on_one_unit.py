"""DR301: a softmax over one output is always 1."""

from pellucid.doctor.ailment import Ailment, Sign
from pellucid.doctor.chart import Chart
from pellucid.doctor.options import without_last_layer
from pellucid.doctor.prescription import Treatment
from pellucid.doctor.thresholds import SOFTMAX

__all__ = ["AILMENT"]


def look(chart: Chart) -> Sign | None:
    """The last layer is a softmax, and the network has one output."""
    last = chart.setup.layers[-1] if chart.setup.layers else None
    if last is None or last.kind not in SOFTMAX or chart.setup.outputs != 1:
        return None
    return Sign("the softmax of one number is 1, whatever it is: no gradient passes", last.name)


AILMENT = Ailment(
    code="DR301",
    name="softmax-on-one-unit",
    title="A softmax over one output is always 1",
    reads=("setup",),
    look=look,
    explains=(
        "no-gradient-reaches",
        "learning-rate-too-low",
        "vanishing-gradient",
        "too-small-network",
        "bad-initialisation",
    ),
    cures={
        "": "For yes or no, use one output with a sigmoid and binary cross-entropy; or two outputs with a softmax.",
        "keras": "Write Dense(1, activation='sigmoid') with loss='binary_crossentropy', or Dense(2, "
        "activation='softmax') with 'sparse_categorical_crossentropy', instead of {where}.",
    },
    treatment=Treatment(without_last_layer, judged_by="validation loss"),
    about="""exp(x) / exp(x) is 1: the prediction never changes, and the gradient is 0.

How it is found: the network ends in a softmax and has one output.""",
)
