"""Binary: yes or no, with one score; above 0 means the second name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from pellucid.data.checks import DataError
from pellucid.data.targets.classes import check_names, class_names, class_numbers, named_labels
from pellucid.data.targets.raw import check_scores
from pellucid.metrics.probabilities import sigmoid
from pellucid.shapes import Array

__all__ = ["Binary"]


@dataclass(frozen=True)
class Binary:
    """One of two classes, with one score for the second.

    >>> target = Binary.of([False, True])
    >>> target.decode(np.array([[-1.0], [2.0]])).tolist()
    [False, True]
    """

    names: tuple[str, ...]  # (negative, positive)
    labels: str = "text"  # what labels are: "text", "numbers" (whole ones) or "bools"

    kind: ClassVar[str] = "binary"
    takes: ClassVar[str] = "indicators"
    default_loss: ClassVar[str] = "bce"

    def __post_init__(self) -> None:
        """Raise DataError unless there are exactly two different names."""
        check_names("Binary", self.names)
        if len(self.names) != 2:
            raise DataError(f"Binary: there must be two classes, negative and positive; got {', '.join(self.names)}")

    @classmethod
    def of(cls, y: Any, names: Sequence[str] | None = None) -> "Binary":
        """Return the two classes that occur in y, in order; names, where given, are those of 0 and 1."""
        if names is not None:
            return cls(tuple(names))
        return cls(*class_names("targets", y))

    @property
    def outputs(self) -> int:
        """One score."""
        return 1

    def encode(self, y: Any, *, who: str = "targets") -> Array:
        """Return (N, 1) float32, 1 where the label is the second name."""
        return class_numbers(who, y, self.names).astype(np.float32)[:, None]

    def decode(self, scores: Array) -> Array:
        """Return (N,) the label: the second where the score is above 0."""
        above = check_scores("Binary.decode", scores, 1)[:, 0] > 0
        return named_labels(self.names, self.labels)[above.astype(int)]

    def probabilities(self, scores: Array) -> Array:
        """Return (N, 2) the probability of each name, float64."""
        positive = sigmoid(check_scores("Binary.probabilities", scores, 1)[:, 0])
        return np.stack([1 - positive, positive], axis=1)

    def in_units(self, encoded: Array) -> Array:
        """Return what is given: classes have no units."""
        return encoded

    def to_document(self) -> dict[str, Any]:
        """Return JSON."""
        return {"kind": self.kind, "names": list(self.names), "labels": self.labels}

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "Binary":
        """Read what `to_document` wrote."""
        return cls(tuple(document["names"]), document["labels"])
