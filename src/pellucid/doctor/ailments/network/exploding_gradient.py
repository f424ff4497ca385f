"""DR406: gradients grow from layer to layer until steps are enormous."""

from pellucid.doctor.ailment import Ailment, Sign
from pellucid.doctor.chart import Chart
from pellucid.doctor.options import calmer_starts
from pellucid.doctor.prescription import Treatment
from pellucid.doctor.thresholds import EXPLODED, POORLY_LEARNED

__all__ = ["AILMENT"]


def look(chart: Chart) -> Sign | None:
    """A step's gradient is enormous, or not finite, in a run that learned poorly."""
    failed = bool(chart.not_finite) and not chart.not_finite_in_data
    if not failed and (chart.learned is None or chart.learned > POORLY_LEARNED):
        return None
    large = next((step for step in chart.steps if step.gradient_norm > EXPLODED), None)
    if large is None:
        return None
    layers = [layer for layer in chart.layers_with_weights(large) if layer.gradient is not None and layer.weight]
    worst = max(layers, key=lambda layer: (layer.gradient or 0) / (layer.weight or 1), default=None)
    where = "" if worst is None else worst.name
    evidence = f"the gradient of step {large.step} has the length {large.gradient_norm:.2g}, where 0.1 to 10 is usual"
    return Sign(evidence, where, since_step=large.step)


AILMENT = Ailment(
    code="DR406",
    name="exploding-gradient",
    title="Gradients grow from layer to layer until steps are enormous",
    reads=(
        "gradient_norm",
        "gradient",
    ),
    look=look,
    explains=(
        "dead-units",
        "saturated-output",
    ),
    cures={
        "": "Clip the gradient at about 1, draw smaller initial weights, add normalization, standardize inputs and targets.",
        "keras": "Give the optimizer clipnorm=1.0, leave kernel_initializer at its default, add BatchNormalization, "
        "standardize inputs and targets.",
    },
    treatment=Treatment(calmer_starts),
    about="""Backwards, each layer multiplies the gradient by its weights: weights that are too large make it grow without
bound, and one step destroys the network.

How it is found: the length of all gradients together exceeds 1,000 in a sampled step, and the run learned little or ended in a
value that is not finite.

In health: between 0.01 and 30.""",
)
