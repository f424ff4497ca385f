"""DR210: validation inputs were prepared otherwise than training inputs."""

import numpy as np

from pellucid.doctor.ailment import Ailment, Sign
from pellucid.doctor.chart import Chart
from pellucid.doctor.thresholds import MEANS_APART, SCALED_APART

__all__ = ["AILMENT"]


def look(chart: Chart) -> Sign | None:
    """Means or spreads of most columns are far apart."""
    data = chart.data
    if (
        data is None
        or data.held_inputs is None
        or data.held_rows < 2
        or data.inputs.not_finite
        or data.held_inputs.not_finite
    ):
        return None
    inputs, held = data.inputs, data.held_inputs
    used = (inputs.spread > 0) & (held.spread > 0)
    if not used.any():
        return None
    ratio = float(np.median(held.spread[used] / inputs.spread[used]))
    distance = float(np.median(np.abs(held.mean[used] - inputs.mean[used]) / inputs.spread[used]))
    if 1 / SCALED_APART < ratio < SCALED_APART and distance < MEANS_APART:
        return None
    evidence = (
        f"columns' median mean and spread are {np.median(inputs.mean[used]):.3g} and {np.median(inputs.spread[used]):.3g} in "
        f"training, {np.median(held.mean[used]):.3g} and {np.median(held.spread[used]):.3g} in validation"
    )
    return Sign(evidence, "validation inputs")


AILMENT = Ailment(
    code="DR210",
    name="preprocessing-differs",
    title="Validation inputs were prepared otherwise than training inputs",
    reads=("data",),
    look=look,
    explains=("overfitting", "labels-wrong", "collapse-after-best"),
    cures={
        "": "Prepare every part with the same numbers: mean and standard deviation of the training part.",
        "pellucid": "Prepare every part with the same numbers: give raw data and pipeline=, which Trainer applies to both parts.",
    },
    about="""Training inputs were standardized and validation inputs were not, or each with its own statistics, or with other
sizes or channel orders. Training goes well and validation badly, which looks like overfitting.

How it is found: the spread of the median column differs by a factor of 3 or more between the parts, or its mean by 2 of the
training part's spreads.

In health: ratios of 0.8 to 1.25, since both parts are drawn from the same rows.""",
)
