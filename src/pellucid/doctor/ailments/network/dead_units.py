"""DR403: rectified units are 0 for every row, and receive no gradient any more."""

from pellucid.doctor.ailment import Ailment, Sign
from pellucid.doctor.chart import Chart
from pellucid.doctor.examinations.dead import dead_shares
from pellucid.doctor.options import calmer_starts
from pellucid.doctor.prescription import Treatment
from pellucid.doctor.thresholds import DEAD_UNITS, POORLY_LEARNED

__all__ = ["AILMENT"]

RECTIFIED = ("relu", "relu6")


def look(chart: Chart) -> Sign | None:
    """Most units of a rectified layer are 0 for all rows, in a run that learned poorly."""
    last = chart.last_step
    if last is None or (chart.learned is not None and chart.learned > POORLY_LEARNED):
        return None
    worst = max((layer for layer in last.layers if layer.kind in RECTIFIED), key=lambda layer: layer.dead, default=None)
    if worst is None or worst.dead < DEAD_UNITS:
        return None
    shares = chart.examine(dead_shares)
    if shares is not None and shares.get(worst.name, 1.0) < DEAD_UNITS:
        return None  # other rows wake them
    since = next((s.step for s in chart.steps if (one := s.layer(worst.name)) and one.dead >= DEAD_UNITS), last.step)
    evidence = f"{worst.dead:.0%} of its units are 0 for every row since step {since}"
    return Sign(evidence, worst.name, "high" if worst.dead > 0.9 else "medium", since)


AILMENT = Ailment(
    code="DR403",
    name="dead-units",
    title="Rectified units are 0 for every row, and receive no gradient any more",
    reads=("dead", "dead_shares"),
    look=look,
    explains=("vanishing-gradient", "no-gradient-reaches", "learning-rate-too-low", "too-small-network"),
    cures={
        "": "Lower the learning rate, standardize inputs, or use a leaky ReLU; 'he' initialization with biases of 0.",
        "keras": "Lower learning_rate, standardize inputs, leave bias_initializer at zeros, or use LeakyReLU instead "
        "of {where}.",
    },
    treatment=Treatment(calmer_starts),
    about="""A rectified unit whose input is below 0 for every row gives 0 and gets no gradient: it never comes back. One long
step, inputs far from 0 or a bias far below 0 can do this to a whole layer.

How it is found: on some training rows, most units of a layer are 0 in all of them, on 256 rows as well, and
the run learned little.

In health: up to a third of the units may be 0 on 16 rows without harm.""",
)
