"""DR107: gradients of earlier batches are added to each step's own."""

from pellucid.doctor.ailment import Ailment, Sign
from pellucid.doctor.chart import Chart
from pellucid.doctor.thresholds import ACCUMULATED, SAME_BATCHES

__all__ = ["AILMENT"]


def look(chart: Chart) -> Sign | None:
    """The gradient that a step used is far longer than that of its batch."""
    ratios = sorted(
        step.gradient_norm / step.batch_gradient_norm
        for step in chart.steps
        if step.batch_gradient_norm and step.step > 2
    )
    if len(ratios) < SAME_BATCHES or ratios[len(ratios) // 2] < ACCUMULATED:
        return None
    evidence = f"steps use a gradient {ratios[len(ratios) // 2]:.1f} times as long as that of their batch"
    return Sign(evidence, "gradients")


AILMENT = Ailment(
    code="DR107",
    name="gradients-not-cleared",
    title="Gradients of earlier batches are added to each step's own",
    reads=(
        "gradient_norm",
        "batch_gradient_norm",
    ),
    look=look,
    explains=(
        "learning-rate-too-high",
        "exploding-gradient",
        "dead-units",
        "collapse-after-best",
        "saturated-output",
        "bad-initialisation",
    ),
    cures={
        "": "Clear the gradients before each backward pass.",
        "torch": "Call optimizer.zero_grad() before loss.backward().",
    },
    about="""Backward adds to what is there. Without clearing, a step follows the sum of all gradients so far.

How it is found: the gradient of a sampled step is compared with the gradient of its batch alone.

In health: they are equal.""",
)
