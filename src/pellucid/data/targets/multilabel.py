"""Multilabel: any number of labels for each sample, with one score for each label; above 0 means that it applies."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from pellucid.data.checks import DataError
from pellucid.data.targets.classes import check_names
from pellucid.data.targets.raw import as_rows, check_scores, names_of, raw_values
from pellucid.metrics.probabilities import sigmoid
from pellucid.shapes import Array

__all__ = ["Multilabel"]


@dataclass(frozen=True)
class Multilabel:
    """Several labels, any number of them for a sample.

    Targets are (N, K) of 0 and 1 (or False and True), or a list with a tuple, list or set of names for each row.

    >>> target = Multilabel.of([("cat", "dog"), (), ("dog",)])
    >>> target.names, target.encode([{"dog"}]).tolist()
    (('cat', 'dog'), [[0.0, 1.0]])
    """

    names: tuple[str, ...]

    kind: ClassVar[str] = "multilabel"
    takes: ClassVar[str] = "indicators"
    default_loss: ClassVar[str] = "bce"

    def __post_init__(self) -> None:
        """Raise DataError unless the names are different strings."""
        check_names("Multilabel", self.names, at_least=1)

    @classmethod
    def of(cls, y: Any, names: Sequence[str] | None = None) -> "Multilabel":
        """Return the labels of y: the names in its rows, or one a column, named by a frame's columns or 0, 1, ..."""
        if names is not None:
            return cls(tuple(names))
        if are_sets_of_names(y):
            return cls(tuple(sorted({name for row in y for name in row})))
        columns = as_rows("targets", raw_values("targets", y)).shape[1]
        return cls(names_of(y) or tuple(str(i) for i in range(columns)))

    @property
    def outputs(self) -> int:
        """One score for each label."""
        return len(self.names)

    def encode(self, y: Any, *, who: str = "targets") -> Array:
        """Return (N, K) float32, 1 where the label applies."""
        if are_sets_of_names(y):
            return self._of_sets(who, y)
        values = as_rows(who, raw_values(who, y))
        if values.shape[1] != self.outputs:
            raise DataError(f"{who} must have shape (N, {self.outputs}), one column a label; got {values.shape}")
        if values.dtype.kind == "U":
            raise DataError(f"{who} must be 0 and 1, or lists of names; got text, {values[0, 0]!r}")
        wrong = np.argwhere((values != 0) & (values != 1))
        if wrong.size:
            row, column = wrong[0]
            raise DataError(
                f"{who}: row {row}, label {self.names[column]!r} is {values[row, column]}; labels must be 0 or 1"
            )
        return values.astype(np.float32)

    def decode(self, scores: Array) -> Array:
        """Return (N, K) int64, 1 where the score is above 0. `labels` gives names."""
        return (check_scores("Multilabel.decode", scores, self.outputs) > 0).astype(np.int64)

    def labels(self, scores: Array) -> list[tuple[str, ...]]:
        """Return, for each row, the names of the labels whose score is above 0."""
        return [tuple(name for name, on in zip(self.names, row, strict=True) if on) for row in self.decode(scores)]

    def probabilities(self, scores: Array) -> Array:
        """Return (N, K) the probability of each label by itself, float64."""
        return sigmoid(check_scores("Multilabel.probabilities", scores, self.outputs))

    def in_units(self, encoded: Array) -> Array:
        """Return what is given: labels have no units."""
        return encoded

    def to_document(self) -> dict[str, Any]:
        """Return JSON."""
        return {"kind": self.kind, "names": list(self.names)}

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "Multilabel":
        """Read what `to_document` wrote."""
        return cls(tuple(document["names"]))

    def _of_sets(self, who: str, y: Sequence[Any]) -> Array:
        place = {name: i for i, name in enumerate(self.names)}
        encoded = np.zeros((len(y), self.outputs), np.float32)
        for row, names in enumerate(y):
            for name in names:
                if name not in place:
                    raise DataError(f"{who}: row {row} holds {name!r}, which is not among {', '.join(self.names)}")
                encoded[row, place[name]] = 1
        return encoded


def are_sets_of_names(y: Any) -> bool:
    """Whether targets are a list with a tuple, list or set of strings for each row (some may be empty)."""
    if isinstance(y, (str, bytes)) or not isinstance(y, Sequence):
        return False
    rows = all(isinstance(row, (tuple, list, set, frozenset)) for row in y)
    return bool(y) and rows and all(isinstance(name, str) for row in y for name in row) and any(y)
