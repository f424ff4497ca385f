"""DR404: hidden units sit at the flat ends of their activation."""

from pellucid.doctor.ailment import Ailment, Sign
from pellucid.doctor.chart import Chart
from pellucid.doctor.options import calmer_starts
from pellucid.doctor.prescription import Treatment
from pellucid.doctor.thresholds import POORLY_LEARNED, SATURATED

__all__ = ["AILMENT"]


def look(chart: Chart) -> Sign | None:
    """Most outputs of a sigmoid or tanh layer are at an end of its range, in a run that learned poorly."""
    last = chart.last_step
    if last is None or chart.learned is None or chart.learned > POORLY_LEARNED:
        return None
    layers = [
        layer for layer in last.layers if layer.saturated is not None and layer.name != chart.setup.layers[-1].name
    ]
    worst = max(layers, key=lambda layer: layer.saturated or 0.0, default=None)
    if worst is None or worst.saturated is None or worst.saturated < SATURATED:
        return None
    since = next(
        (s.step for s in chart.steps if (one := s.layer(worst.name)) and (one.saturated or 0) >= SATURATED), last.step
    )
    return Sign(
        f"{worst.saturated:.0%} of its outputs are at an end of the range since step {since}",
        worst.name,
        since_step=since,
    )


AILMENT = Ailment(
    code="DR404",
    name="saturated-hidden-units",
    title="Hidden units sit at the flat ends of their activation",
    reads=("saturated",),
    look=look,
    explains=(
        "vanishing-gradient",
        "no-gradient-reaches",
        "learning-rate-too-low",
    ),
    cures={
        "": "Standardize inputs, draw smaller initial weights, lower the learning rate; or use ReLU with normalization.",
        "keras": "Use activation='relu' instead of {where}, standardize inputs, or add BatchNormalization before it.",
    },
    treatment=Treatment(calmer_starts),
    about="""A sigmoid of 10 is 0.99995, and its slope 0.00005: a unit there gets no gradient and stays.

How it is found: on some training rows, 80 % or more of the outputs of a sigmoid or tanh layer lie within 2 % of an end of its
range, and the run learned little.

In health: below 20 %; a network that has learned well may have more.""",
)
