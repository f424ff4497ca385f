"""Labelled samples, and their split into training, validation and test sets."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from pellucid.data.checks import DataError, check_classes, check_images, checked_labels, is_whole
from pellucid.data.draws import Purpose, draws
from pellucid.data.lazy import rows_of
from pellucid.shapes import Array

__all__ = ["DataError", "Dataset", "Splits", "held_out_rows", "hold_out", "split"]


@dataclass(frozen=True, eq=False)
class Dataset:
    """Samples with their labels.

    Raises DataError if the parts disagree, a label is out of range or a float is not finite; the message names the row.
    """

    images: Any  # (N, C, H, W) uint8, or (N, ...) float32/float64, an Array or a LazyArray; memory may be channels-last
    labels: Array  # (N,) int64, 0..len(classes)-1; other whole numbers are converted
    classes: tuple[str, ...]
    white: int = 255  # the largest pixel value, for showing and scaling images

    def __post_init__(self) -> None:
        """Check that images, labels and classes belong together."""
        check_images("Dataset", self.images)
        check_classes("Dataset", self.classes)
        labels = checked_labels("Dataset", self.labels, len(self.images), len(self.classes))
        if not is_whole(self.white) or self.white < 1:
            raise DataError(f"Dataset: white must be a whole number, at least 1; got {self.white!r}")
        object.__setattr__(self, "labels", labels)
        object.__setattr__(self, "classes", tuple(self.classes))

    def __len__(self) -> int:
        """Return N, the number of samples."""
        return len(self.images)

    def __repr__(self) -> str:
        """Return sizes and names, not the arrays."""
        names = ", ".join(self.classes[:5]) + (", ..." if len(self.classes) > 5 else "")
        return f"Dataset of {len(self):,} samples {self.sample_shape} {self.images.dtype}, {len(self.classes)} classes: {names}"

    @property
    def sample_shape(self) -> tuple[int, ...]:
        """The shape of one sample, (C, H, W) for pictures."""
        return self.images.shape[1:]

    def subset(self, indices: Array) -> "Dataset":
        """Return the samples at `indices` ((M,) whole numbers or (N,) bool), in that order; those in memory are copied."""
        return Dataset(rows_of(self.images, indices), self.labels[indices], self.classes, self.white)


@dataclass(frozen=True, eq=False)
class Splits:
    """A data set in three parts with the same classes, sample shape, dtype and white."""

    name: str
    train: Dataset
    validation: Dataset
    test: Dataset

    def __post_init__(self) -> None:
        """Raise DataError if the parts differ."""
        for part, data in (("validation", self.validation), ("test", self.test)):
            for what, expected, found in _differences(self.train, data):
                raise DataError(f"{self.name}: {part} must have the same {what} as train, {expected}; got {found}")

    def __repr__(self) -> str:
        """Return the parts, one a line."""
        parts = (("train", self.train), ("validation", self.validation), ("test", self.test))
        return "\n".join([f"Splits {self.name!r}", *(f"  {name}: {part!r}" for name, part in parts)])

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the classes, in the order of the labels."""
        return self.train.classes

    @property
    def sample_shape(self) -> tuple[int, ...]:
        """The shape of one sample, (C, H, W) for pictures."""
        return self.train.sample_shape

    @property
    def white(self) -> int:
        """The largest pixel value."""
        return self.train.white


def split(
    dataset: Dataset,
    *,
    validation: float | int = 0.1,
    test: float | int = 0.1,
    seed: int = 0,
    name: str = "data",
) -> Splits:
    """Split a data set at random, with the same class proportions in every part.

    `validation` and `test` are fractions of the whole (0.1) or counts (500). The same seed gives the same parts.
    Raises DataError if a part, training included, would be empty.
    """
    held = _count("split: validation", validation, len(dataset)) + _count("split: test", test, len(dataset))
    if held >= len(dataset):
        raise DataError(
            f"split: validation and test take {held} of {len(dataset)} samples, which leaves none for training; make them smaller"
        )
    validation = _count("split: validation", validation, len(dataset))
    rest, test_part = hold_out(dataset, test, seed=seed, what="split: test")
    train, validation_part = hold_out(rest, validation, seed=seed, what="split: validation")
    return Splits(name, train, validation_part, test_part)


def hold_out(dataset: Dataset, amount: float | int, *, seed: int, what: str) -> tuple[Dataset, Dataset]:
    """Return (remaining, held out), with the same class proportions in both.

    `amount` is a fraction or a count of samples to hold out; `what` names it in an error. Rows keep their order.
    """
    held = held_out_rows(dataset.labels, amount, seed=seed, what=what)
    return dataset.subset(~held), dataset.subset(held)


def held_out_rows(groups: Array, amount: float | int, *, seed: int, what: str) -> Array:
    """Return which rows to hold out, (N,) bool, with the same proportions of each group; groups are (N,) whole numbers from 0.

    `amount` is a fraction or a count; `what` names it in an error. Raises DataError if either part would be empty.
    """
    count = _count(what, amount, len(groups))
    shuffled = np.argsort(draws(Purpose.SPLIT, len(groups), seed=seed), kind="stable")
    held = np.zeros(len(groups), dtype=bool)
    for group, share in enumerate(_shares(np.bincount(groups), count)):
        held[shuffled[groups[shuffled] == group][:share]] = True
    return held


def _shares(sizes: Array, count: int) -> Array:
    """Distribute `count` over the classes in proportion to their sizes, by largest remainders; the sum is exact."""
    whole, remainder = np.divmod(sizes * count, sizes.sum())
    largest = np.argsort(-remainder, kind="stable")
    whole[largest[: count - whole.sum()]] += 1
    return whole


def _count(what: str, amount: float | int, rows: int) -> int:
    """Return a fraction or a count as a count; raise DataError if either part would be empty."""
    if is_whole(amount):
        count = int(amount)
    elif isinstance(amount, float | np.floating) and 0 < amount < 1:
        count = round(float(amount) * rows)
    else:
        raise DataError(f"{what} must be a fraction between 0 and 1 or a count of samples; got {amount!r}")
    if not 0 < count < rows:
        raise DataError(f"{what} = {amount} takes {count} of {rows} samples; neither part may be empty")
    return count


def _differences(train: Dataset, other: Dataset) -> Iterator[tuple[str, object, object]]:
    for what, expected, found in (
        ("classes", train.classes, other.classes),
        ("sample shape", train.sample_shape, other.sample_shape),
        ("dtype", train.images.dtype, other.images.dtype),
        ("white", train.white, other.white),
    ):
        if expected != found:
            yield what, expected, found
