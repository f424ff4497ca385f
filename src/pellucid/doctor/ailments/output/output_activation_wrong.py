"""DR305: the last activation cannot reach the targets."""

from pellucid.doctor.ailment import Ailment, Sign
from pellucid.doctor.chart import Chart
from pellucid.doctor.options import without_last_layer
from pellucid.doctor.prescription import Treatment
from pellucid.doctor.vitals import RANGES

__all__ = ["AILMENT"]


def look(chart: Chart) -> Sign | None:
    """Targets lie outside the range of the last activation."""
    last = chart.setup.layers[-1] if chart.setup.layers else None
    if last is None or last.kind not in RANGES or chart.data is None or chart.data.targets.classes:
        return None
    if chart.setup.loss.takes == "indicators":
        return None
    low, high = RANGES[last.kind]
    outside, targets = chart.data.targets.outside(low, high), chart.data.targets
    if outside == 0:
        return None
    evidence = (
        f"targets lie between {targets.low:.3g} and {targets.high:.3g}, and {last.name} makes values between {low:g} and {high:g}: "
        f"{outside:.0%} of them cannot be reached"
    )
    return Sign(evidence, last.name)


AILMENT = Ailment(
    code="DR305",
    name="output-activation-wrong",
    title="The last activation cannot reach the targets",
    reads=(
        "setup",
        "data",
    ),
    look=look,
    explains=(
        "saturated-output",
        "targets-not-scaled",
        "learning-rate-too-low",
        "vanishing-gradient",
        "learning-rate-too-high",
        "too-small-network",
        "bad-initialisation",
        "saturated-hidden-units",
    ),
    cures={
        "": "End with the affine layer, without an activation, for numbers; or bring the targets into the range.",
        "keras": "End with Dense(..., activation=None) instead of {where} for numbers; or bring the targets into its "
        "range.",
    },
    treatment=Treatment(without_last_layer, judged_by="validation loss"),
    about="""A sigmoid ends at 1, a tanh at 1: larger targets are never reached, and the activation saturates in trying.

How it is found: the last layer is a sigmoid or tanh, targets are numbers, and some lie outside its range.""",
)
