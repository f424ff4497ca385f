"""DR401: several layers with nothing between them compute what one could."""

from pellucid.doctor.ailment import Ailment, Sign
from pellucid.doctor.chart import Chart
from pellucid.doctor.options import only
from pellucid.doctor.prescription import Treatment
from pellucid.doctor.thresholds import LINEAR

__all__ = ["AILMENT"]


def look(chart: Chart) -> Sign | None:
    """There are two or more layers with weights, and every layer is linear."""
    weighted = [layer for layer in chart.setup.layers if layer.kind in ("affine", "conv")]
    if len(weighted) < 2 or any(layer.kind not in LINEAR for layer in chart.setup.layers[:-1]):
        return None
    named = ", ".join(layer.name for layer in weighted[:6])
    return Sign(
        f"{len(weighted)} layers with weights ({named}) and no activation: together they are one linear map",
        weighted[0].name,
    )


AILMENT = Ailment(
    code="DR401",
    name="no-nonlinearity",
    title="Several layers with nothing between them compute what one could",
    reads=("setup",),
    look=look,
    explains=(
        "too-small-network",
        "learning-rate-too-low",
        "vanishing-gradient",
    ),
    cures={
        "": "Put an activation (ReLU) after every layer but the last.",
        "keras": "Write Dense(..., activation='relu') for every layer but the last.",
    },
    treatment=Treatment(only(rectified=True), judged_by="validation loss"),
    about="""A linear map of a linear map is a linear map: depth adds nothing without an activation between.

How it is found: the network has two or more affine or convolution layers, and all of its layers are linear.""",
)
