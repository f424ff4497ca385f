"""DR101: steps are so long that the loss jumps over its valley, or grows without bound."""

import math

from pellucid.doctor.ailment import Ailment, Sign
from pellucid.doctor.chart import Chart
from pellucid.doctor.examinations.rates import best_of, lower_rates
from pellucid.doctor.examinations.trial import as_it_is
from pellucid.doctor.options import other_rates
from pellucid.doctor.prescription import Treatment
from pellucid.doctor.thresholds import POORLY_LEARNED, STANDS_STILL, TRIAL_HELPS, TRIAL_LEARNS

__all__ = ["AILMENT"]


def look(chart: Chart) -> Sign | None:
    """The run learned poorly, and the same steps at a lower rate learn much more."""
    failed = bool(chart.not_finite) and not chart.not_finite_in_data
    if not failed and (chart.learned is None or chart.learned > POORLY_LEARNED):
        return None
    own, rates = chart.examine(as_it_is), chart.examine(lower_rates)
    if own is None or rates is None:
        return None
    factor, lowest = best_of(rates)
    reached = min(own.unseen, own.before)
    nothing = chart.learned is not None and chart.learned < STANDS_STILL and chart.constant_loss is not None
    helps = nothing and lowest.unseen < TRIAL_HELPS * min(reached, chart.constant_loss or reached)
    if not helps and not lowest.unseen < TRIAL_LEARNS * reached:
        return None
    used = chart.setup.optimizer.learning_rate
    best = used * factor
    ended = f"{own.after:.3g}" if math.isfinite(own.after) else "infinity"
    evidence = (
        f"{own.steps} steps from the start take the loss from {own.before:.3g} to {ended} at the rate {used:.2g}, "
        f"to {lowest.after:.3g} at {best:.2g}"
    )
    return Sign(evidence, "learning rate", values={"rate": best, "used": used})


AILMENT = Ailment(
    code="DR101",
    name="learning-rate-too-high",
    title="Steps are so long that the loss jumps over its valley, or grows without bound",
    reads=("loss", "lower_rates"),
    look=look,
    explains=(
        "dead-units",
        "saturated-hidden-units",
        "saturated-output",
        "exploding-gradient",
        "vanishing-gradient",
        "collapse-after-best",
        "gradient-clipped-away",
    ),
    cures={
        "": "Lower the learning rate to about {rate:.2g}.",
        "pellucid": "Lower the learning rate to about {rate:.2g}; trainer.find_learning_rate (pellucid find-lr) shows the range.",
        "torch": "Lower lr to about {rate:.2g} in the optimizer.",
        "keras": "Lower learning_rate to about {rate:.2g} in the optimizer given to compile, as in "
        "keras.optimizers.Adam(learning_rate={rate:.2g}).",
    },
    treatment=Treatment(lambda chart: other_rates(chart, lower_rates)),
    about="""Each step is longer than the loss is straight: it lands on the other side of the valley, higher than before. The
loss jumps, becomes infinite, or settles at the level of a constant prediction after the first steps have driven all rectified
units below 0.

How it is found: the run learned little, or its loss stopped being finite. A copy with the weights of the beginning is then
trained for up to 80 steps on 512 rows, at the run's rate and at 1/10, 1/100 and 1/1000 of it, and at still lower ones, down to
1e-8 times, while the loss is thrown about at all of these. One of them ends below half the loss of the run's own rate; or
below 0.8 of it, and of a constant prediction's, where the run learned nothing.

In health: the run's own rate is about as good as the best of them.""",
)
