"""DR309: what is reported cannot show how good the network is."""

import numpy as np

from pellucid.doctor.ailment import Ailment, Sign
from pellucid.doctor.chart import Chart
from pellucid.doctor.examinations.answers import answered_classes
from pellucid.doctor.thresholds import FOUND_RARE, IMBALANCED, LEFT_TO_GAIN, MISCOUNTED

__all__ = ["AILMENT"]

COUNTING = ("accuracy", "binary_accuracy", "categorical_accuracy", "sparse_categorical_accuracy", "top_k")


def look(chart: Chart) -> Sign | None:
    """Accuracy of numbers; or accuracy that is that of answering the largest class, where nothing else is reported."""
    counted = [name for name in chart.setup.metrics if name.removeprefix("val_") in COUNTING]
    if not counted or chart.data is None:
        return None
    if _are_numbers(chart):
        return Sign(
            f"{counted[0]} counts outputs that equal the target, and targets are numbers: {chart.data.targets.distinct} different "
            "ones",
            counted[0],
        )
    if (sign := _miscounted(chart, counted[0])) is not None:
        return sign
    return _of_the_largest(chart, counted) if len(counted) == len(chart.setup.metrics) else None


def _are_numbers(chart: Chart) -> bool:
    targets = None if chart.data is None else chart.data.targets
    return (
        targets is not None and chart.setup.loss.takes == "numbers" and not targets.classes and not targets.two_valued
    )


def _miscounted(chart: Chart, name: str) -> Sign | None:
    """What is reported is far from the share of rows that are answered with their class."""
    reported = None if chart.last is None else chart.last.val_accuracy
    if reported is None or chart.answered is None or abs(reported - chart.answered) < MISCOUNTED:
        return None
    answered = f"{chart.answered:.1%} of the rows are answered with their class"
    return Sign(f"{name} in validation is reported as {reported:.1%}, and {answered}", name)


def _of_the_largest(chart: Chart, counted: list[str]) -> Sign | None:
    """One class has nearly all rows, and accuracy hardly exceeds its share."""
    data, last = chart.data, chart.last
    if data is None or last is None or not data.targets.classes or data.targets.distinct < 2:
        return None
    held = last.val_accuracy is not None and data.held_targets is not None and bool(data.held_targets.classes)
    targets = data.held_targets if held and data.held_targets is not None else data.targets
    accuracy = last.val_accuracy if held else last.train_accuracy
    if accuracy is None or targets.majority < IMBALANCED or 1 - accuracy < LEFT_TO_GAIN * (1 - targets.majority):
        return None
    answers = chart.examine(answered_classes)
    if answers is None or (answers.others_found or 0.0) <= FOUND_RARE:  # then `class-imbalance` is to be said
        return None
    largest = int(np.argmax(targets.classes or ()))
    part = "validation" if held else "training"
    evidence = (
        f"{part} accuracy is {accuracy:.1%}, and answering class {largest} always has {targets.majority:.1%}, although of the "
        f"rows of other classes {answers.others_found:.0%} are found"
    )
    return Sign(evidence, counted[0], "medium")


AILMENT = Ailment(
    code="DR309",
    name="metric-does-not-fit",
    title="What is reported cannot show how good the network is",
    reads=("setup", "data", "val_accuracy", "answered_classes"),
    look=look,
    cures={
        "": "Rare classes: report balanced accuracy, F1 or recall. Numbers: report the mean absolute error or R^2.",
        "pellucid": "Rare classes: metrics=['f1'], monitor='val_f1'. Numbers: metrics=['mae', 'r2'].",
        "torch": "Rare classes: report balanced accuracy, F1 or recall (torchmetrics, scikit-learn). Numbers: mean absolute error.",
        "keras": "Rare classes: metrics=[keras.metrics.F1Score()], Recall() or AUC(). Numbers: metrics=['mae'].",
    },
    about="""Where one class has 99 % of the rows, answering it always has an accuracy of 99 %: the number hardly moves, whatever
the network learns. The accuracy of a regression counts outputs that equal the target to the last digit, and stays at 0.

How it is found: accuracy is reported, and targets are numbers. Or it is all that is reported, the largest class has 80 % of the
rows or more, and the network, which finds most rows of the others, makes at least half as many errors as always answering it
would. Or the accuracy that is reported is far from the share of validation rows that are answered with their class (Keras).

In health: a metric that answering one class, or the mean, cannot do well in.""",
)
