"""DR405: the gradient shrinks from layer to layer, so that the first ones do not learn."""

from pellucid.doctor.ailment import Ailment, Sign
from pellucid.doctor.chart import Chart
from pellucid.doctor.prescription import Prescription, Treatment
from pellucid.doctor.thresholds import POORLY_LEARNED, VANISHED

__all__ = ["AILMENT"]

MARGIN = 0.2  # of the threshold: below it there is no doubt


def look(chart: Chart) -> Sign | None:
    """Gradients relative to weights fall by orders of magnitude towards the input, in a run that learned poorly."""
    if chart.learned is None or chart.learned > POORLY_LEARNED:
        return None
    for step in chart.steps:
        layers = [layer for layer in chart.layers_with_weights(step) if layer.weight]
        ratios = [(layer.gradient or 0.0) / (layer.weight or 1.0) for layer in layers]
        if len(ratios) < 3 or not ratios[-1] > 0 or not ratios[0] < VANISHED * ratios[-1] or ratios[0] == 0:
            continue
        evidence = (
            f"the gradient relative to the weights falls from {ratios[-1]:.1g} in {layers[-1].name} to {ratios[0]:.1g} in "
            f"{layers[0].name}"
        )
        sure = ratios[0] < MARGIN * VANISHED * ratios[-1]
        return Sign(evidence, layers[0].name, "high" if sure else "medium", step.step)
    return None


AILMENT = Ailment(
    code="DR405",
    name="vanishing-gradient",
    title="The gradient shrinks from layer to layer, so that the first ones do not learn",
    reads=("gradient", "weight"),
    look=look,
    explains=("learning-rate-too-low", "too-small-network", "too-few-epochs", "saturated-hidden-units"),
    cures={
        "": "Use ReLU instead of sigmoid or tanh, batch norm between the layers, or residual connections; fewer layers.",
        "keras": "Use activation='relu' instead of sigmoid or tanh, BatchNormalization between the layers, or "
        "layers.add with earlier outputs; fewer layers.",
    },
    treatment=Treatment(
        lambda chart: (Prescription(rectified=True, usual_weights=True), Prescription(usual_weights=True))
    ),
    about="""Backwards, each layer multiplies the gradient by its weights and by the slope of its activation. A sigmoid's slope
is at most 1/4, so that ten of them leave a millionth: the first layers stay as they were drawn, and the last ones learn from
noise.

How it is found: in a sampled step, the length of the gradient relative to the length of the weights is smaller by a factor of 300
or more in the first layer than in the last, and the run learned little.

In health: within a factor of 10.""",
)
