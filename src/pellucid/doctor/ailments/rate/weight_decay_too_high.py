"""DR105: every step shrinks the weights by more than the gradient can restore."""

from pellucid.doctor.ailment import Ailment, Sign
from pellucid.doctor.chart import Chart
from pellucid.doctor.examinations.changes import without_decay
from pellucid.doctor.options import only
from pellucid.doctor.prescription import Treatment
from pellucid.doctor.thresholds import DECAYED, POORLY_LEARNED, TRIAL_LEARNS

__all__ = ["AILMENT"]


def look(chart: Chart) -> Sign | None:
    """The run learned poorly, its weights shrank, and without decay it learns."""
    optimizer = chart.setup.optimizer
    strength = optimizer.weight_decay + optimizer.penalty
    if not strength or chart.learned is None or chart.learned > POORLY_LEARNED:
        return None
    first, last = (
        sum(layer.weight or 0.0 for layer in chart.layers_with_weights(s)) for s in (chart.first_step, chart.last_step)
    )
    measured = chart.last_step is not None and chart.last_step.layers
    if not first or not measured or last > DECAYED * first:
        return None
    without = chart.examine(without_decay)
    learns = without is not None and without.after < TRIAL_LEARNS * without.before
    shrinks = optimizer.learning_rate * strength
    evidence = f"weights fell to {last / first:.1%} of their length, since each step removes {shrinks:.2g} of them" + (
        f"; without decay the loss falls to {without.after:.3g} within {without.steps} steps" if without else ""
    )
    return Sign(evidence, "weight decay", "high" if learns else "medium", values={"used": strength})


AILMENT = Ailment(
    code="DR105",
    name="weight-decay-too-high",
    title="Every step shrinks the weights by more than the gradient can restore",
    reads=("weights", "without_decay"),
    look=look,
    explains=(
        "learning-rate-too-high",
        "vanishing-gradient",
        "dead-units",
        "learning-rate-too-low",
        "collapse-after-best",
        "bad-initialisation",
    ),
    cures={
        "": "Lower the weight decay (it is {used:.2g}); 0.01 to 0.1 is usual for AdamW, 1e-4 for L2.",
        "pellucid": "Lower weight_decay or reg (together {used:.2g}); 0.01 to 0.1 is usual for AdamW, 1e-4 for reg.",
        "torch": "Lower weight_decay (it is {used:.2g}) in the optimizer; 0.01 to 0.1 is usual for AdamW, 1e-4 for SGD and Adam.",
        "keras": "Lower weight_decay or the kernel_regularizer (together {used:.2g}); 0.004 to 0.1 is usual for AdamW.",
    },
    treatment=Treatment(only(no_decay=True)),
    about="""Decay removes a share of every weight in each step: learning rate times decay for AdamW, and the same through the
gradient for L2. Where that share is larger than what the gradient adds, weights go to 0 and the network's outputs with them:
the loss returns to that of a constant prediction.

How it is found: the run learned little, all weights together have lost most of their length, and a copy without decay learns.

In health: weights keep their length or grow.""",
)
