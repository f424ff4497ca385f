"""DR407: no gradient arrives at a layer."""

from pellucid.doctor.ailment import Ailment, Sign
from pellucid.doctor.chart import Chart
from pellucid.doctor.thresholds import POORLY_LEARNED

__all__ = ["AILMENT"]


def look(chart: Chart) -> Sign | None:
    """A layer that should learn has the gradient 0 in every sampled step of a run that learned poorly."""
    if chart.learned is None or chart.learned > POORLY_LEARNED:
        return None
    measured = [step for step in chart.steps if any(layer.gradient is not None for layer in step.layers)]
    if len(measured) < 2:
        return None
    without = [
        layer.name
        for layer in chart.layers_with_weights(measured[0])
        if all((one := step.layer(layer.name)) is not None and one.gradient == 0 for step in measured)
    ]
    if not without:
        return None
    named = ", ".join(without[:6])
    return Sign(f"the gradient of their weights is exactly 0 in all {len(measured)} sampled steps", named)


AILMENT = Ailment(
    code="DR407",
    name="no-gradient-reaches",
    title="No gradient arrives at a layer",
    reads=("gradient",),
    look=look,
    explains=(
        "learning-rate-too-low",
        "too-small-network",
    ),
    cures={
        "": "Look for what stops it: weights of 0, units that are dead, a path that does not lead to the loss.",
        "torch": "Look for detach(), .item(), .numpy() or torch.no_grad() between the layer and the loss.",
    },
    about="""Between the layer and the loss something has the slope 0, or the layer's output is not used.

How it is found: the gradient is exactly 0 in every sampled step, and the run learned little.

In health: never.""",
)
