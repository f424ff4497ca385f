"""DR210: validation inputs were prepared otherwise than training inputs."""

import math

import numpy as np

from pellucid.doctor.ailment import Ailment, Sign
from pellucid.doctor.chart import Chart
from pellucid.doctor.data_facts import ColumnFacts, DataFacts
from pellucid.doctor.examinations.scaling import validation_as_training
from pellucid.doctor.thresholds import (
    BEYOND_CHANCE,
    CLASSES_APART,
    FAR_COLUMN,
    MEANS_APART,
    RESCALED_HELPS,
    SCALED_APART,
    SOMEWHAT_APART,
    SOMEWHAT_SCALED,
)

__all__ = ["AILMENT"]


def look(chart: Chart) -> Sign | None:
    """Means or spreads of most columns are far apart, or further than chance explains."""
    data = chart.data
    if data is None or data.held_inputs is None or data.held_rows < 2:
        return None
    inputs, held = data.inputs, data.held_inputs
    used = (inputs.spread > 0) & (held.spread > 0)
    if inputs.not_finite or held.not_finite:
        return None
    if (far := _far_column(inputs, held)) is not None:
        return far
    if not used.any():
        return None
    ratio = data.stretch or 1.0
    distance = float(np.median(np.abs(held.mean[used] - inputs.mean[used]) / inputs.spread[used]))
    evidence = (
        f"columns' median mean and spread are {np.median(inputs.mean[used]):.3g} and {np.median(inputs.spread[used]):.3g} in "
        f"training, {np.median(held.mean[used]):.3g} and {np.median(held.spread[used]):.3g} in validation"
    )
    if not 1 / SCALED_APART < ratio < SCALED_APART or distance > MEANS_APART:
        return Sign(evidence, "validation inputs")
    if not _is_beyond_chance(data, abs(math.log(ratio)), distance):
        return None
    losses = chart.examine(validation_as_training)
    if losses is None or not losses[1] < RESCALED_HELPS * losses[0]:
        return Sign(evidence, "validation inputs", "medium")
    cured = f"; with those of training the validation loss is {losses[1]:.3g} instead of {losses[0]:.3g}"
    return Sign(evidence + cured, "validation inputs")


def _far_column(inputs: ColumnFacts, held: ColumnFacts) -> Sign | None:
    """See a column that is enormous in validation only: it hardly changes in training, and was divided by that spread."""
    far = np.abs(held.mean - inputs.mean) + held.spread
    worst = int(far.argmax())
    if not 0 < FAR_COLUMN * inputs.scale < far[worst]:
        return None
    return Sign(
        f"column {worst} has mean {inputs.mean[worst]:.3g} and spread {inputs.spread[worst]:.3g} in training, "
        f"{held.mean[worst]:.3g} and {held.spread[worst]:.3g} in validation",
        f"column {worst} of the validation inputs",
    )


def _is_beyond_chance(data: DataFacts, stretch: float, distance: float) -> bool:
    """Whether a difference of the columns is more than the number of rows, or other shares of the classes, explain."""
    if _other_classes(data) > CLASSES_APART:
        return False
    error = 1 / math.sqrt(data.held_rows)  # of a mean, in spreads; of a spread's logarithm: / sqrt(2)
    scaled = stretch > max(math.log(SOMEWHAT_SCALED), BEYOND_CHANCE * error / math.sqrt(2))
    return scaled or distance > max(SOMEWHAT_APART, BEYOND_CHANCE * error)


def _other_classes(data: DataFacts) -> float:
    """Return the share of the validation rows whose class is rarer in training."""
    if data.held_targets is None or not data.targets.classes or not data.held_targets.classes:
        return 0.0
    width = max(len(data.targets.classes), len(data.held_targets.classes))
    shares = [
        np.pad(np.array(one.classes), (0, width - len(one.classes or ()))) for one in (data.targets, data.held_targets)
    ]
    return float(np.abs(shares[0] / shares[0].sum() - shares[1] / shares[1].sum()).sum() / 2)


AILMENT = Ailment(
    code="DR210",
    name="preprocessing-differs",
    title="Validation inputs were prepared otherwise than training inputs",
    reads=("data", "validation_as_training"),
    look=look,
    explains=("overfitting", "labels-wrong", "label-noise", "collapse-after-best"),
    cures={
        "": "Prepare every part with the same numbers: mean and standard deviation of the training part, "
        "and 1 instead of a standard deviation of 0.",
        "pellucid": "Prepare every part with the same numbers: give raw data and pipeline=, which Trainer applies to both parts.",
        "keras": "Prepare both parts alike: put Rescaling or an adapted Normalization into the model, or scale "
        "validation_data with the numbers of the training part.",
    },
    about="""Training inputs were standardized and validation inputs were not, or each with its own statistics, or with other
sizes or channel orders. Training goes well and validation badly, which looks like overfitting.

How it is found: a column is a hundred times as large in validation as the training inputs are (it is constant in training, and
was divided by a spread of nearly 0); or the spread of the median column differs by a factor of 3 or more between the parts, or
its mean by 2 of the training part's spreads. From a factor of 1.25, or half a spread, on, the finding is only possible if it is
more than the number of rows and the classes in them explain; it is certain if the validation loss falls by a third once these
rows are given the training part's means and spreads.

In health: ratios of 0.8 to 1.25, since both parts are drawn from the same rows.""",
)
