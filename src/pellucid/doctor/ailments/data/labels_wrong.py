"""DR204: labels do not belong to their inputs: shuffled, unpaired, or named otherwise in one part."""

from pellucid.doctor.ailment import Ailment, Sign
from pellucid.doctor.chart import Chart
from pellucid.doctor.examinations.neighbours import NeighbourAgreement, Neighbours, nearest_labels
from pellucid.doctor.thresholds import (
    AGREEMENT,
    AGREEMENT_LOST,
    BY_CHANCE,
    BY_HEART_ACCURACY,
    CHANCE_IS_LOW,
    CHANCE_LEAVES_ROOM,
    CLEARLY_RELATED,
    CONSTANT_COLUMNS,
    NEIGHBOURS_FROM,
    NO_BETTER_THAN_CHANCE,
)

__all__ = ["AILMENT"]


def look(chart: Chart) -> Sign | None:
    """Validation is at chance, and neighbours say where labels do not follow from inputs."""
    last, data = chart.last, chart.data
    if (
        last is None
        or data is None
        or not data.targets.classes
        or data.inputs.not_finite
        or data.inputs.constant > CONSTANT_COLUMNS
        or data.targets.distinct < 2
    ):
        return None
    if last.val_accuracy is None or data.held_targets is None:
        return None
    if last.val_accuracy > data.held_targets.majority + NO_BETTER_THAN_CHANCE:
        return None
    found = chart.examine(nearest_labels)
    return None if found is None else _judged(found, by_heart=(last.train_accuracy or 0.0) > BY_HEART_ACCURACY)


def _judged(found: Neighbours, *, by_heart: bool) -> Sign | None:
    train, held, between, renamed = found.training, found.validation, found.between, found.shifted
    if train is None or held is None or between is None or min(train.rows, held.rows) < NEIGHBOURS_FROM:
        return None
    if max(train.chance, held.chance, between.chance) > CHANCE_LEAVES_ROOM:
        return None
    if _is_lost(train, held):
        return Sign(
            f"a training row has its nearest neighbour's label in {train.found:.0%} of cases, by chance in {train.chance:.0%}; "
            f"among validation rows in {held.found:.0%}",
            "training labels",
        )
    if _is_lost(held, train):
        return Sign(
            f"a validation row has its nearest neighbour's label in {held.found:.0%} of cases, by chance in {held.chance:.0%}; "
            f"among training rows in {train.found:.0%}",
            "validation labels",
        )
    if renamed is not None and all(_is_lost(between, other) for other in (train, held, renamed)):
        return Sign(
            f"validation rows have the label of their nearest training row in {between.found:.0%} of cases, and in "
            f"{renamed.found:.0%} once each class gets another's number",
            "the numbers of the classes",
        )
    by_chance = max(train.margin, held.margin, between.margin) < BY_CHANCE
    if by_chance and (by_heart or max(train.chance, held.chance, between.chance) < CHANCE_IS_LOW):
        return Sign(
            f"rows have their nearest neighbour's label in {train.found:.0%} of cases, by chance in {train.chance:.0%}, in both",
            "labels",
            "medium" if by_heart else "low",
        )
    return None


def _is_lost(part: NeighbourAgreement, other: NeighbourAgreement) -> bool:
    """Whether neighbours agree in the other rows, clearly, and not in these."""
    agrees = other.margin > CLEARLY_RELATED and other.found - other.chance > AGREEMENT
    return (
        agrees and part.margin < BY_CHANCE and part.found - part.chance < AGREEMENT_LOST * (other.found - other.chance)
    )


AILMENT = Ailment(
    code="DR204",
    name="labels-wrong",
    title="Labels do not belong to their inputs: shuffled, unpaired, or named otherwise in one part",
    reads=("val_accuracy", "nearest_labels"),
    look=look,
    explains=("overfitting", "learning-rate-too-low", "too-small-network", "collapse-after-best", "too-few-epochs"),
    cures={
        "": "Pair inputs and labels again from their source: sort lists of files, shuffle both with one permutation, number "
        "classes once for all parts.",
    },
    about="""The labels are those of other rows: inputs were shuffled and labels were not, lists of files were read in different
orders, or classes were numbered differently in two parts. A large network learns such labels by heart; new rows are at chance.

How it is found: validation accuracy is no better than the largest class's share, and the nearest neighbour of a training row
has its label no more often than chance would, whereas in the other part neighbours agree; or all agree once the classes are
renamed. Where neighbours agree in neither part, and the network learned labels by heart or chance is below 30 %, the finding is
only possible: inputs may say nothing about the labels, or
distances between them may mean nothing.

Where nearly all labels are of one class, chance explains nearly every agreement, and nothing is said.

In health: neighbours agree far above chance (digits 98 %, raw CIFAR-10 pixels 35 % at 10 % chance).""",
)
