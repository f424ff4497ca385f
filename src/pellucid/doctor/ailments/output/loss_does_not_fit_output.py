"""DR306: loss and output do not belong together."""

import math

from pellucid.doctor.ailment import Ailment, Sign
from pellucid.doctor.chart import Chart
from pellucid.doctor.examinations.outputs import output_range
from pellucid.doctor.options import without_last_layer
from pellucid.doctor.prescription import Treatment
from pellucid.doctor.thresholds import BOUNDED_LOSS, POORLY_LEARNED, SOFTMAX
from pellucid.doctor.vitals import RANGES

__all__ = ["AILMENT"]

OF_CLASSES, OF_NUMBERS = ("softmax", "focal"), ("mse", "mae", "huber")


def look(chart: Chart) -> Sign | None:
    """Go through the ways in which a loss does not fit."""
    ways = (_one_output, _no_indicators, _not_probabilities, _each_alone, _bounded, _numbers)
    return next((sign for one in ways if (sign := one(chart))), None)


def _one_output(chart: Chart) -> Sign | None:
    """Cross-entropy of one score."""
    if chart.setup.loss.name not in OF_CLASSES or chart.setup.outputs != 1 or _ends_in(chart, SOFTMAX):
        return None
    return Sign("the cross-entropy of one score is 0, whatever it is: there is no other class to compare with", "loss")


def _no_indicators(chart: Chart) -> Sign | None:
    """Binary cross-entropy towards targets that are no probabilities."""
    if chart.setup.loss.name != "bce" or chart.data is None:
        return None
    targets = chart.data.targets
    if targets.low >= 0 and targets.high <= 1:
        return None
    return Sign(
        f"binary cross-entropy takes targets from 0 to 1, and they lie between {targets.low:.3g} and {targets.high:.3g}",
        "loss",
    )


def _not_probabilities(chart: Chart) -> Sign | None:
    """A loss of probabilities reads scores."""
    if chart.setup.loss.reads != "probabilities" or chart.setup.loss.name not in (*OF_CLASSES, "bce"):
        return None
    found = chart.examine(output_range)
    if found is None or (found[0] >= 0 and found[1] <= 1):
        return None
    return Sign(
        f"the loss {chart.setup.loss.name} reads probabilities, and outputs lie between {found[0]:.3g} and {found[1]:.3g}",
        "outputs",
    )


def _each_alone(chart: Chart) -> Sign | None:
    """A loss of probabilities of classes reads a sigmoid of each, which do not add up to 1."""
    last, loss = chart.setup.layers[-1:], chart.setup.loss
    if not last or last[0].kind not in RANGES or loss.reads != "probabilities" or loss.name not in OF_CLASSES:
        return None
    if (chart.setup.outputs or 0) < 2:
        return None
    poorly = chart.learned is not None and chart.learned <= POORLY_LEARNED
    evidence = (
        f"{last[0].name} makes each of the {chart.setup.outputs} outputs on its own, and the loss {loss.name} reads probabilities "
        "of classes, which add up to 1 in each row"
    )
    return Sign(evidence, last[0].name, "high" if poorly else "medium")


def _bounded(chart: Chart) -> Sign | None:
    """Scores cannot leave a range, so that the loss cannot become small."""
    last, loss, outputs = chart.setup.layers[-1:], chart.setup.loss, chart.setup.outputs or 0
    if not last or last[0].kind not in RANGES or loss.reads != "scores" or outputs < 2 or loss.name not in OF_CLASSES:
        return None
    low, high = RANGES[last[0].kind]
    least = math.log1p((outputs - 1) * math.exp(low - high))
    if least < BOUNDED_LOSS * math.log(outputs):
        return None
    poorly = chart.learned is not None and chart.learned <= POORLY_LEARNED
    return Sign(
        f"{last[0].name} keeps scores between {low:g} and {high:g}, so that the cross-entropy of {outputs} classes stays above "
        f"{least:.2g}",
        last[0].name,
        "high" if poorly else "medium",
    )


def _numbers(chart: Chart) -> Sign | None:
    """Squared error towards classes."""
    loss, data = chart.setup.loss, chart.data
    if loss.name not in OF_NUMBERS or data is None or not data.targets.one_hot:
        return None
    poorly = chart.learned is not None and chart.learned <= POORLY_LEARNED
    if _ends_in(chart, SOFTMAX):
        last = chart.setup.layers[-1].name
        evidence = f"targets are classes (one 1 in each row) and {last} makes probabilities; where they are wrong and near 0 or 1, "
        return Sign(evidence + f"the loss {loss.name} has hardly a slope", "loss", "high" if poorly else "medium")
    if not poorly:
        return None
    evidence = f"targets are classes (one 1 in each row), the loss is {loss.name}, and training removed {chart.learned:.0%} of it"
    return Sign(evidence, "loss", "medium")


def _ends_in(chart: Chart, kinds: tuple[str, ...]) -> bool:
    return bool(chart.setup.layers) and chart.setup.layers[-1].kind in kinds


AILMENT = Ailment(
    code="DR306",
    name="loss-does-not-fit-output",
    title="Loss and output do not belong together",
    reads=("setup", "data", "output_range"),
    look=look,
    explains=(
        "learning-rate-too-low",
        "learning-rate-too-high",
        "too-few-epochs",
        "too-small-network",
        "vanishing-gradient",
        "no-gradient-reaches",
        "bad-initialisation",
        "saturated-output",
        "targets-not-scaled",
    ),
    cures={
        "": "Classes: one output for each, no activation, cross-entropy. Yes or no: one output and binary cross-entropy. Numbers: "
        "no activation, squared error.",
        "pellucid": "Classes: one output for each and loss='softmax', labels as whole numbers. Yes or no: one output and "
        "loss='bce'. Numbers: loss='mse'.",
        "torch": "Classes: nn.CrossEntropyLoss on one logit for each. Yes or no: nn.BCEWithLogitsLoss on one. Numbers: nn.MSELoss.",
        "keras": "Classes: Dense(classes, 'softmax') and sparse_categorical_crossentropy. Yes or no: Dense(1, 'sigmoid') and "
        "binary_crossentropy. Numbers: Dense(1) and mse. Without the "
        "activation: keras.losses.SparseCategoricalCrossentropy(from_logits=True), or BinaryCrossentropy.",
    },
    treatment=Treatment(without_last_layer, judged_by="validation loss"),
    about="""Each loss reads outputs of one form. Squared error on the softmax of classes has hardly a slope where an answer is
wrong and certain; the cross-entropy of a single score is 0; a loss of probabilities cuts off scores outside 0 to 1; a sigmoid or
tanh in front of cross-entropy keeps scores so near each other that the loss stays high.

How it is found: from the last layer, the number of outputs, what the loss reads and what the targets are; where it reads
probabilities, from the outputs of 32 rows.

In health: classes with cross-entropy, numbers with squared or absolute error.""",
)
