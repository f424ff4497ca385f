"""A network's answers on labelled samples, counted: who is taken for whom, how each class fares."""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from pellucid.data.targets import Target
from pellucid.metrics import confusion
from pellucid.shapes import Array

__all__ = ["ClassCounts", "Confused", "JudgedAnswers"]


class Confused(NamedTuple):
    """One class taken for another."""

    true: int
    predicted: int
    times: int
    of: int  # samples of the true class
    rows: Array  # (times,) their places, the most confident first


class ClassCounts(NamedTuple):
    """How one class, or one label, fares; shares are NaN where nothing is there to divide by."""

    name: str
    samples: int  # that belong to it
    predicted: int
    found: int  # both

    @property
    def precision(self) -> float:
        """Of those predicted, the share that belongs to the class."""
        return self.found / self.predicted if self.predicted else np.nan

    @property
    def recall(self) -> float:
        """Of those that belong to the class, the share that is found."""
        return self.found / self.samples if self.samples else np.nan

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        both = self.samples + self.predicted
        return 2 * self.found / both if both else np.nan


@dataclass(frozen=True, eq=False)
class JudgedAnswers:
    """Scores of samples, with what the target says that they mean."""

    target: Target
    scores: Array  # (N, C)
    encoded: Array  # the targets as the loss reads them: (N,) class numbers, or (N, K)

    def __len__(self) -> int:
        """Return N."""
        return len(self.scores)

    @property
    def has_classes(self) -> bool:
        """Whether each sample is of one class."""
        return self.target.kind in ("classes", "binary")

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the classes, labels or outputs."""
        return tuple(self.target.names)

    @cached_property
    def labels(self) -> Array:
        """(N,) the number of each sample's class."""
        return np.ravel(self.encoded).astype(np.int64)

    @cached_property
    def predicted(self) -> Array:
        """(N,) the number of the predicted class."""
        return (self.scores[:, 0] > 0).astype(np.int64) if self.target.kind == "binary" else self.scores.argmax(axis=1)

    @cached_property
    def confidence(self) -> Array:
        """(N,) the probability of the predicted class."""
        return self.target.probabilities(self.scores).max(axis=1)

    @cached_property
    def counts(self) -> Array:
        """(C, C) rows are true classes, columns are predictions."""
        return confusion(self.predicted, self.labels, classes=len(self.names))

    @cached_property
    def wrong(self) -> Array:
        """(M,) the places of the misclassified samples, the most confident first."""
        wrong = np.flatnonzero(self.labels != self.predicted)
        return wrong[np.argsort(-self.confidence[wrong], kind="stable")]

    @cached_property
    def values(self) -> tuple[Array, Array]:
        """(N, K) predicted and true numbers, in the target's units."""
        return self.target.in_units(self.scores), self.target.in_units(np.reshape(self.encoded, self.scores.shape))

    def confused(self, most: int) -> list[Confused]:
        """Return the pairs that are confused most often, the commonest first."""
        mistakes = self.counts - np.diag(np.diag(self.counts))
        order = np.argsort(-mistakes, axis=None, kind="stable")[:most]
        found = []
        for true, predicted in zip(*np.unravel_index(order, mistakes.shape), strict=True):
            count = int(mistakes[true, predicted])
            if count:
                rows = self.wrong[(self.labels[self.wrong] == true) & (self.predicted[self.wrong] == predicted)]
                found.append(Confused(int(true), int(predicted), count, int(self.counts[true].sum()), rows))
        return found

    def by_class(self) -> list[ClassCounts]:
        """Return how each class fares, or, where a sample has several, each label."""
        if self.has_classes:
            triples = zip(self.counts.sum(axis=1), self.counts.sum(axis=0), np.diag(self.counts), strict=True)
        else:
            said, true = self.scores > 0, self.encoded > 0.5
            triples = zip(true.sum(axis=0), said.sum(axis=0), (said & true).sum(axis=0), strict=True)
        return [ClassCounts(name, *map(int, triple)) for name, triple in zip(self.names, triples, strict=True)]
