"""DR304: the last layer cuts off everything below 0."""

from pellucid.doctor.ailment import Ailment, Sign
from pellucid.doctor.chart import Chart
from pellucid.doctor.options import without_last_layer
from pellucid.doctor.prescription import Treatment
from pellucid.doctor.thresholds import POORLY_LEARNED

__all__ = ["AILMENT"]

RECTIFIED = ("relu", "relu6")


def look(chart: Chart) -> Sign | None:
    """The last layer is a ReLU, and targets are negative, or the run learned poorly."""
    last = chart.setup.layers[-1] if chart.setup.layers else None
    if last is None or last.kind not in RECTIFIED or chart.data is None:
        return None
    if not chart.data.targets.classes and chart.data.targets.low < 0:
        return Sign(
            f"targets go down to {chart.data.targets.low:.3g}, and {last.name} makes nothing below 0", last.name
        )
    if chart.learned is None or chart.learned > POORLY_LEARNED:
        return None
    vitals = chart.last_step.layer(last.name) if chart.last_step is not None else None
    zeros = "" if vitals is None else f" ({vitals.zeros:.0%} of them are 0)"
    return Sign(
        f"scores go through {last.name}, so that none is below 0{zeros}, and training learned little", last.name
    )


AILMENT = Ailment(
    code="DR304",
    name="relu-on-output",
    title="The last layer cuts off everything below 0",
    reads=(
        "setup",
        "data",
    ),
    look=look,
    explains=(
        "dead-units",
        "no-gradient-reaches",
        "learning-rate-too-low",
        "learning-rate-too-high",
        "vanishing-gradient",
        "too-small-network",
        "bad-initialisation",
    ),
    cures={
        "": "Remove the activation after the last layer: losses take scores of any sign.",
        "keras": "End with Dense(..., activation=None): leave {where} out.",
    },
    treatment=Treatment(without_last_layer, judged_by="validation loss"),
    about="""Scores below 0 become 0 and get no gradient: a class whose score is 0 everywhere stays so, and negative numbers are
never predicted.

How it is found: the last layer is a ReLU, and the targets hold negative numbers; or the run learned little.""",
)
