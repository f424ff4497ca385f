"""DR408: the initial weights are equal, far too large or far too small."""

from pellucid.doctor.ailment import Ailment, Sign
from pellucid.doctor.chart import Chart
from pellucid.doctor.examinations.initial import with_usual_weights
from pellucid.doctor.examinations.trial import as_it_is
from pellucid.doctor.options import only
from pellucid.doctor.prescription import Treatment
from pellucid.doctor.thresholds import EQUAL_UNITS, HARDLY_LEARNED, POORLY_LEARNED, TRIAL_LEARNS

__all__ = ["AILMENT"]


def look(chart: Chart) -> Sign | None:
    """All units of a hidden layer began equal; or the run learned poorly, and begins better with usual weights."""
    if chart.learned is None or chart.learned > POORLY_LEARNED or chart.patient is None:
        return None
    own, start = chart.examine(as_it_is), chart.examine(with_usual_weights)
    if own is None or start is None:
        return None
    helps = start.usual.after < TRIAL_LEARNS * min(own.after, own.before)
    if start.equal >= EQUAL_UNITS:
        evidence = f"{start.equal:.0%} of the units of {start.layer} begin with the same weights, so they stay copies of each other"
        stands = (
            own.fell_by < HARDLY_LEARNED < start.usual.fell_by
        )  # and usual weights learn something in the same steps
        return Sign(evidence, start.layer, "high" if helps or stands else "medium")
    if not helps or 1 / start.usual_ratio < start.ratio < start.usual_ratio:
        return None
    size = "larger" if start.ratio > 1 else "smaller"
    times = start.ratio if start.ratio > 1 else 1 / start.ratio
    evidence = (
        f"initial weights of {start.layer} are {times:.3g} times {size} than usual for its inputs; with usual ones "
        f"{own.steps} steps end at the loss {start.usual.after:.3g} instead of {own.after:.3g}"
    )
    return Sign(evidence, start.layer)


AILMENT = Ailment(
    code="DR408",
    name="bad-initialisation",
    title="The initial weights are equal, far too large or far too small",
    reads=("with_usual_weights",),
    look=look,
    explains=(
        "vanishing-gradient",
        "exploding-gradient",
        "dead-units",
        "saturated-hidden-units",
        "saturated-output",
        "learning-rate-too-low",
        "learning-rate-too-high",
        "no-gradient-reaches",
        "too-few-epochs",
        "gradient-clipped-away",
        "too-small-network",
    ),
    cures={
        "": "Draw the weights at random with spread sqrt(2 / inputs) (He), biases 0.",
        "pellucid": "Network(..., init='he') draws weights with spread sqrt(2 / inputs).",
        "torch": "torch.nn.init.kaiming_normal_(layer.weight), or leave PyTorch's default.",
        "keras": "Give {where} kernel_initializer='he_normal', or leave Keras's default.",
    },
    treatment=Treatment(only(usual_weights=True)),
    about="""Units that begin equal get equal gradients and stay equal: the layer is as one unit. Weights that are too large
saturate or overflow, those that are too small let the signal die on its way through the layers.

How it is found: the run learned little; units of a hidden layer began with the same weights, or all with a spread far from
sqrt(2 / inputs); and a copy that begins with usual weights learns much more in the same steps.

In health: units differ, and the spread is within a factor of 3 of the usual one.""",
)
