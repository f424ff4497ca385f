"""Classes: each sample belongs to one of several, and the network makes one score for each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from pellucid.data.checks import DataError
from pellucid.data.targets.raw import check_scores, raw_values, whole_or_none
from pellucid.metrics.probabilities import softmax
from pellucid.shapes import Array

__all__ = ["Classes", "class_names", "class_numbers", "named_labels"]


@dataclass(frozen=True)
class Classes:
    """One of several classes.

    >>> target = Classes.of(["cat", "dog", "cat"])
    >>> target.names, target.encode(["dog", "dog"]).tolist()
    (('cat', 'dog'), [1, 1])
    >>> target.decode(np.array([[0.3, 0.1]])).tolist()
    ['cat']
    """

    names: tuple[str, ...]
    labels: str = "text"  # what labels are: "text", "numbers" (whole ones) or "bools"

    kind: ClassVar[str] = "classes"
    takes: ClassVar[str] = "labels"
    default_loss: ClassVar[str] = "softmax"

    def __post_init__(self) -> None:
        """Raise DataError unless there are at least two different names."""
        check_names("Classes", self.names)

    @classmethod
    def of(cls, y: Any, names: Sequence[str] | None = None) -> "Classes":
        """Return the classes that occur in y, in order; names, where given, are those of the class numbers 0, 1, ..."""
        if names is not None:
            return cls(tuple(names))
        return cls(*class_names("targets", y))

    @property
    def outputs(self) -> int:
        """One score for each class."""
        return len(self.names)

    def encode(self, y: Any, *, who: str = "targets") -> Array:
        """Return (N,) int64, the number of each row's class. Labels are names, or, where names are words, class numbers too."""
        return class_numbers(who, y, self.names)

    def decode(self, scores: Array) -> Array:
        """Return (N,) the label with the highest score: text, whole numbers or bools, as they were given."""
        best = check_scores("Classes.decode", scores, self.outputs).argmax(axis=1)
        return named_labels(self.names, self.labels)[best]

    def probabilities(self, scores: Array) -> Array:
        """Return (N, C) softmax of each row, float64."""
        return softmax(check_scores("Classes.probabilities", scores, self.outputs))

    def in_units(self, encoded: Array) -> Array:
        """Return what is given: classes have no units."""
        return encoded

    def to_document(self) -> dict[str, Any]:
        """Return JSON."""
        return {"kind": self.kind, "names": list(self.names), "labels": self.labels}

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "Classes":
        """Read what `to_document` wrote."""
        return cls(tuple(document["names"]), document["labels"])


def check_names(who: str, names: Sequence[str], *, at_least: int = 2) -> None:
    """Raise DataError unless names are different strings, `at_least` of them."""
    if isinstance(names, str) or not all(isinstance(name, str) for name in names) or len(names) < at_least:
        raise DataError(f"{who}: names must be at least {at_least} strings; got {names!r}")
    if len(set(names)) < len(names):
        twice = next(name for name in names if list(names).count(name) > 1)
        raise DataError(f"{who}: names must be different; {twice!r} appears more than once")


def class_names(who: str, y: Any) -> tuple[tuple[str, ...], str]:
    """Return the names of the classes that occur, in order, and what the labels are."""
    values = _labels(who, y)
    distinct = np.unique(values)
    if len(distinct) < 2:
        raise DataError(f"{who}: there must be at least two classes; every row is {distinct[0]!s}")
    kind = {"b": "bools", "U": "text"}.get(values.dtype.kind, "numbers")
    return tuple(str(value) for value in distinct), kind


def class_numbers(who: str, y: Any, names: Sequence[str]) -> Array:
    """Return (N,) int64, each label's place in `names`. Raises DataError for a label that is not there."""
    values = _labels(who, y)
    if values.dtype.kind in "iu":
        of_names = [_whole(name) for name in names]
        if None in of_names:  # names are words: whole numbers are class numbers
            of_names = list(range(len(names)))
        given: list[Any] = [number for number in of_names if number is not None]
    else:
        given = list(names)
        values = values.astype(str) if values.dtype.kind == "b" else values
    order = np.argsort(np.array(given), kind="stable")
    ordered = np.array(given)[order]
    places = np.minimum(np.searchsorted(ordered, values), len(ordered) - 1)
    unknown = np.flatnonzero(ordered[places] != values)
    if unknown.size:
        row = int(unknown[0])
        shown = ", ".join(str(name) for name in given[:10]) + (", ..." if len(given) > 10 else "")
        raise DataError(f"{who}: row {row} is {values[row].item()!r}, which is not among the classes {shown}")
    return order[places].astype(np.int64)


def named_labels(names: Sequence[str], labels: str) -> Array:
    """Return (C,) each class's label as it was given."""
    if labels == "numbers":
        return np.array([int(name) for name in names])
    return np.array([name == "True" for name in names]) if labels == "bools" else np.array(names)


def _labels(who: str, y: Any) -> Array:
    """Return (N,) labels: text, bools or whole numbers."""
    values = raw_values(who, y)
    if values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]
    if values.ndim != 1 or len(values) == 0:
        raise DataError(f"{who}: labels must have shape (N,), one for each row; got {values.shape}{_instead(values)}")
    if values.dtype.kind != "f":
        return values
    whole = whole_or_none(values)
    if whole is None:
        row = int(np.flatnonzero(values != np.floor(values))[0])
        raise DataError(
            f"{who}: class labels must be whole numbers or text; row {row} is {values[row]}; "
            f'for numbers, choose a loss for regression, such as loss="mse"'
        )
    return whole


def _instead(values: Array) -> str:
    """Return what to do with rows of several numbers, which are no labels."""
    if values.ndim != 2 or values.dtype.kind == "U":
        return ""
    if np.isin(values, (0, 1)).all():
        return '; of one-hot rows give y.argmax(1), for several labels a row choose loss="bce"'
    return '; for numbers choose loss="mse"'


def _whole(name: str) -> int | None:
    return int(name) if name.removeprefix("-").isdecimal() else None
