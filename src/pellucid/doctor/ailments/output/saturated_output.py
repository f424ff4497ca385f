"""DR308: scores are so large that the loss has no slope."""

from pellucid.doctor.ailment import Ailment, Sign
from pellucid.doctor.chart import Chart
from pellucid.doctor.options import calmer_starts
from pellucid.doctor.prescription import Treatment
from pellucid.doctor.thresholds import LARGE_SCORES, POORLY_LEARNED

__all__ = ["AILMENT"]


def look(chart: Chart) -> Sign | None:
    """Scores of a classifier are huge, in a run that learned poorly."""
    last, layers = chart.last_step, chart.setup.layers
    if last is None or not layers or chart.setup.loss.name not in ("softmax", "bce", "focal"):
        return None
    if chart.learned is None or chart.learned > POORLY_LEARNED:
        return None
    scores = last.layer(layers[-1].name)
    if scores is None or not scores.spread > LARGE_SCORES:
        return None
    since = next(
        (s.step for s in chart.steps if (one := s.layer(scores.name)) and one.spread > LARGE_SCORES), last.step
    )
    return Sign(
        f"scores have the spread {scores.spread:.3g}, where about 1 to 10 is usual, since step {since}",
        scores.name,
        since_step=since,
    )


AILMENT = Ailment(
    code="DR308",
    name="saturated-output",
    title="Scores are so large that the loss has no slope",
    reads=("spread",),
    look=look,
    cures={
        "": "Standardize inputs, draw smaller initial weights, or lower the learning rate: the scores should begin near 0.",
        "keras": "Standardize inputs, leave kernel_initializer at its default, or lower learning_rate: the scores "
        "should begin near 0.",
    },
    treatment=Treatment(calmer_starts),
    about="""The softmax of scores hundreds apart is 0 or 1, wrong rows have an enormous loss, and right ones no gradient.

How it is found: the spread of the scores is above 100, and the run learned little.

In health: below 1 at the beginning, 5 to 20 at the end.""",
)
