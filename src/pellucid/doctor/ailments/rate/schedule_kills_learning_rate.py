"""DR103: the schedule takes the learning rate to nearly 0 long before the run ends."""

from pellucid.doctor.ailment import Ailment, Sign
from pellucid.doctor.chart import Chart
from pellucid.doctor.examinations.trial import as_it_is
from pellucid.doctor.options import only
from pellucid.doctor.prescription import Treatment
from pellucid.doctor.thresholds import KILLED_RATE, KILLED_SHARE, POORLY_LEARNED, TRIAL_LEARNS

__all__ = ["AILMENT"]


def look(chart: Chart) -> Sign | None:
    """The rate was nearly 0 for most of a run that learned poorly, and a constant rate learns."""
    if chart.learned is None or chart.learned > POORLY_LEARNED or chart.final_loss is None or len(chart.steps) < 2:
        return None
    base, total = chart.setup.optimizer.learning_rate, chart.steps[-1].step
    tiny = next((s.step for s in chart.steps if s.step > 1 and s.learning_rate < KILLED_RATE * base), None)
    if tiny is None or total - tiny < KILLED_SHARE * total:
        return None
    own = chart.examine(as_it_is)
    if own is None or not own.after < TRIAL_LEARNS * chart.final_loss:
        return None
    evidence = (
        f"from step {tiny} of {total} on the rate is below {KILLED_RATE:.0%} of {base:.2g}; {own.steps} steps at {base:.2g} end at "
        f"the loss {own.after:.3g}, the run at {chart.final_loss:.3g}"
    )
    return Sign(evidence, "schedule", since_step=tiny)


AILMENT = Ailment(
    code="DR103",
    name="schedule-kills-learning-rate",
    title="The schedule takes the learning rate to nearly 0 long before the run ends",
    reads=(
        "learning_rate",
        "as_it_is",
    ),
    look=look,
    explains=(
        "learning-rate-too-low",
        "too-few-epochs",
        "vanishing-gradient",
    ),
    cures={
        "": "Let the schedule fall over the whole run, not over a part of it.",
        "torch": "Call scheduler.step() once an epoch, or count gamma and step_size in the unit in which it is called.",
        "keras": "Let the schedule fall over the whole run: decay_steps counts batches, not epochs.",
    },
    treatment=Treatment(only(constant_rate=True)),
    about="""A schedule that counts steps where epochs were meant, or multiplies by too small a number, ends training while the
loss is still high.

How it is found: the learning rate was below 1 % of its start for half of the run or more, the run learned little, and a copy at
the constant rate learns more within up to 80 steps.

In health: the rate becomes tiny in the last tenth.""",
)
