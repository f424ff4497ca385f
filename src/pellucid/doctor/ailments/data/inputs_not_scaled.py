"""DR201: inputs are far from mean 0 and spread 1, or one column drowns the others."""

import numpy as np

from pellucid.doctor.ailment import Ailment, Sign
from pellucid.doctor.chart import Chart
from pellucid.doctor.data_facts import ColumnFacts
from pellucid.doctor.examinations.scaling import with_standardized_inputs
from pellucid.doctor.examinations.trial import as_it_is
from pellucid.doctor.options import only
from pellucid.doctor.prescription import Treatment
from pellucid.doctor.thresholds import COLUMNS_APART, HARDLY_LEARNED, TRIAL_HELPS, TRIAL_LEARNS, UNSCALED

__all__ = ["AILMENT"]


def look(chart: Chart) -> Sign | None:
    """Inputs are large or uneven, and the same steps on standardized inputs learn much more."""
    if chart.data is None or chart.data.inputs.not_finite or not _is_unscaled(chart.data.inputs):
        return None
    own, standardized = chart.examine(as_it_is), chart.examine(with_standardized_inputs)
    if own is None or standardized is None:
        return None
    stands = chart.learned is not None and chart.learned < HARDLY_LEARNED
    helps = stands and standardized.after < TRIAL_HELPS * min(own.after, chart.constant_loss or own.after)
    if not (helps or standardized.after < TRIAL_LEARNS * own.after):
        return None
    inputs = chart.data.inputs
    evidence = (
        f"{_described(inputs)}; {own.steps} steps end at the loss {own.after:.3g}, on standardized inputs at "
        f"{standardized.after:.3g}"
    )
    return Sign(evidence, _where(inputs))


def _spreads(inputs: ColumnFacts) -> np.ndarray:
    return inputs.spread[inputs.spread > 0]


def _is_unscaled(inputs: ColumnFacts) -> bool:
    spreads = _spreads(inputs)
    return len(spreads) > 0 and (inputs.scale > UNSCALED or spreads.max() > COLUMNS_APART * np.median(spreads))


def _where(inputs: ColumnFacts) -> str:
    """Name the column that is far larger than the others."""
    sizes = np.hypot(inputs.mean, inputs.spread)
    largest = int(sizes.argmax())
    apart = len(sizes) > 1 and sizes[largest] > COLUMNS_APART * np.median(sizes[sizes > 0])
    return f"column {largest}" if apart else "inputs"


def _described(inputs: ColumnFacts) -> str:
    largest = int(np.hypot(inputs.mean, inputs.spread).argmax())
    if _where(inputs) != "inputs":
        return (
            f"column {largest} has mean {inputs.mean[largest]:.3g} and spread {inputs.spread[largest]:.3g}, the columns' median "
            f"spread is {np.median(_spreads(inputs)):.3g}"
        )
    return f"inputs have mean {inputs.mean.mean():.3g} and root mean square {inputs.scale:.3g} where about 1 is usual"


AILMENT = Ailment(
    code="DR201",
    name="inputs-not-scaled",
    title="Inputs are far from mean 0 and spread 1, or one column drowns the others",
    reads=("data", "with_standardized_inputs"),
    look=look,
    explains=(
        "learning-rate-too-high",
        "learning-rate-too-low",
        "dead-units",
        "saturated-hidden-units",
        "saturated-output",
        "exploding-gradient",
        "vanishing-gradient",
        "bad-initialisation",
        "too-few-epochs",
        "gradient-clipped-away",
    ),
    cures={
        "": "Standardize: subtract each column's mean and divide by its standard deviation, both of the training part.",
        "pellucid": "Standardize: pass pixels as uint8 or a table, which Trainer prepares, or pipeline=.",
        "torch": "Standardize: subtract each column's mean and divide by its standard deviation, both of the training part "
        "(transforms.Normalize for images).",
        "keras": "Standardize: put keras.layers.Normalization, adapted to the training part, in front (pixels: Rescaling).",
    },
    treatment=Treatment(only(standardized_inputs=True)),
    about="""Initial weights and usual learning rates assume inputs of about mean 0 and spread 1. Inputs of size 100 make first
outputs, losses and gradients about 100 times as large; one column of size 1000 beside others of size 1 decides everything.

How it is found: the root mean square of the inputs is large, or the spreads of columns differ by a factor of 100 or more; and a
copy with the weights of the beginning learns much more in the same steps when the same rows are standardized; a fifth is enough
where the run learned nothing.

In health: inputs are about 1 in size; or they are not, and training does as well (some networks begin with a normalization).""",
)
