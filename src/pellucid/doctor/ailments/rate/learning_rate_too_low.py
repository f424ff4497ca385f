"""DR102: steps are so short that training hardly moves."""

from pellucid.doctor.ailment import Ailment, Sign
from pellucid.doctor.chart import Chart
from pellucid.doctor.examinations.rates import higher_rates
from pellucid.doctor.examinations.trial import as_it_is
from pellucid.doctor.options import other_rates
from pellucid.doctor.prescription import Treatment
from pellucid.doctor.thresholds import HARDLY_LEARNED, POORLY_LEARNED, STANDS_STILL, TRIAL_HELPS, TRIAL_LEARNS

__all__ = ["AILMENT"]


def look(chart: Chart) -> Sign | None:
    """The run learned poorly, and a few steps at a higher rate learn more than all of it."""
    if chart.not_finite or chart.learned is None or chart.learned > POORLY_LEARNED or chart.final_loss is None:
        return None
    own, rates = chart.examine(as_it_is), chart.examine(higher_rates)
    if own is None or rates is None:
        return None
    if own.after < TRIAL_LEARNS * own.before:  # the run may be short; its rate is not too low
        return None
    reached = min(own.unseen, own.before, chart.final_loss, chart.constant_loss or own.before)
    enough = (
        TRIAL_HELPS if own.fell_by < STANDS_STILL else TRIAL_LEARNS
    ) * reached  # much noise may leave no more to learn
    better = [(factor, run) for factor, run in rates.items() if run.unseen < enough]
    if not better:
        return None
    factor, lowest = better[0]
    used = chart.setup.optimizer.learning_rate
    evidence = (
        f"{own.steps} steps from the start take the loss from {own.before:.3g} to {own.after:.3g} at the rate {used:.2g}, "
        f"to {lowest.unseen:.3g} on other rows at {used * factor:.2g}"
    )
    still = own.after > (1 - HARDLY_LEARNED) * own.before
    return Sign(evidence, "learning rate", "high" if still else "medium", values={"rate": used * factor})


AILMENT = Ailment(
    code="DR102",
    name="learning-rate-too-low",
    title="Steps are so short that training hardly moves",
    reads=(
        "loss",
        "higher_rates",
    ),
    look=look,
    explains=(
        "too-few-epochs",
        "vanishing-gradient",
        "batch-size",
        "too-small-network",
    ),
    cures={
        "": "Raise the learning rate to about {rate:.2g}.",
        "pellucid": "Raise the learning rate to about {rate:.2g}; trainer.find_learning_rate (pellucid find-lr) shows the range.",
        "torch": "Raise lr to about {rate:.2g} in the optimizer.",
        "keras": "Raise learning_rate to about {rate:.2g} in the optimizer given to compile, as in "
        "keras.optimizers.Adam(learning_rate={rate:.2g}).",
    },
    treatment=Treatment(lambda chart: other_rates(chart, higher_rates)),
    about="""The loss falls, but so slowly that a run of ordinary length ends near where it began. A flat loss alone does not
show it: saturated outputs look the same.

How it is found: the run learned little, and a copy that trains for up to 80 steps at 10 to 10,000 times the rate ends below half
of what the whole run, and as many steps at its own rate, reached; or below 0.8 of it, where these steps do not move at all.

In health: a higher rate is no better, or a little.""",
)
