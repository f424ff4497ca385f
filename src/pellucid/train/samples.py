"""Samples: training or validation data in the one form that training reads, whatever it came from."""

import os
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from pellucid.data import DataError, Pipeline, Preparation, balanced_order, epoch_order
from pellucid.data.lazy import LazyArray
from pellucid.data.loading.prefetch import prefetch
from pellucid.data.targets import Target
from pellucid.shapes import Array, ShapeError
from pellucid.train.objective import ClassWeights, by_number, class_weight_labels, encoded, row_weights
from pellucid.train.parts import Data, Part, labelled_part

__all__ = [
    "Batch",
    "Samples",
    "check_classes",
    "make_samples",
    "rows_that_count",
    "samples_of",
]

WORKERS = min(8, os.cpu_count() or 1)  # threads that read lazy inputs ahead of the step


class Batch(NamedTuple):
    """Samples of one step, ready for the network."""

    x: Array  # (M, ...)
    y: Array  # (M,) labels, or (M, K) numbers
    weights: Array | None  # (M,)
    rows: Array  # (M,) their numbers in the data, for messages


@dataclass(frozen=True, eq=False)
class Samples:
    """Inputs and targets by row. Inputs go through the pipeline, or, without a pipeline, to the network as they are."""

    inputs: Any  # (N, ...) an Array, or a LazyArray, which threads read ahead of the step
    targets: Array  # (N,) labels, or (N, C) numbers
    pipeline: Preparation | None
    weights: Array | None  # (N,) or None
    rows: Array  # (M,) the rows in use: those whose weight is not 0
    target: Target | None = None  # what the targets mean; None: class numbers where they are (N,), otherwise numbers
    balanced: bool = False  # whether an epoch draws every class equally often
    own: Array | None = None  # (N,) the rows' own weights, without those of their classes: what metrics count
    soft: bool = False  # whether the labels of mixed samples become soft targets (N, C), which the loss takes

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def labelled(self) -> bool:
        """Whether the targets are labels, so that predictions are correct or not."""
        return self.targets.ndim == 1 if self.target is None else self.target.kind != "numbers"

    def count_correct(self, scores: Array, targets: Array) -> int:
        """Return the number of rows classified correctly; of rows with several labels, those where all are correct."""
        return int(self.correct(scores, targets).sum())

    def correct(self, scores: Array, targets: Array) -> Array:
        """Return (M,) whether each row is classified correctly; False where the targets are numbers."""
        if not self.labelled:
            return np.zeros(len(scores), np.bool_)
        if targets.ndim == 1:
            return scores.argmax(axis=1) == targets
        return ((scores > 0) == (targets > 0)).all(axis=1)

    def own_weights(self) -> tuple[Array, ...]:
        """Return the own weights of the rows in use, (M,); nothing where there are none."""
        return () if self.own is None else (self.own[self.rows],)

    def mixed_softly(self) -> "Samples":
        """Return these samples for a loss that takes soft targets, where the pipeline mixes samples with labels."""
        mixes = isinstance(self.pipeline, Pipeline) and self.pipeline.augmentation.mixes
        return replace(self, soft=True) if mixes and self.labelled and self.target is not None else self

    def hard(self, targets: Array) -> Array:
        """Return a batch's targets as labels: of soft targets, those with the largest share."""
        if not self.soft or targets.dtype.kind != "f":
            return targets
        return targets.argmax(axis=1) if self.targets.ndim == 1 else (targets > 0.5).astype(targets.dtype)

    @property
    def count(self) -> int | None:
        """The number of samples in an epoch; None where it is not known."""
        return len(self)

    def balanced_by_class(self) -> "Samples":
        """Return these samples with every class equally often in an epoch. Raises DataError for targets that are no classes."""
        if not self.labelled or self.targets[0].size != 1:
            raise DataError("balanced=True needs a class for each sample; the targets are numbers, or several labels")
        if self.count is None:
            raise DataError("balanced=True needs data that can be indexed; a stream comes in its own order")
        return replace(self, balanced=True)

    def check_run(self, *, epochs: int, resume: bool) -> None:
        """Raise DataError for what these samples cannot do: nothing, if they can be indexed."""

    def steps(self, size: int) -> int | None:
        """Return the number of batches in an epoch, the last may be smaller; None where it is not known."""
        return -(-len(self) // size)

    def batches(self, size: int, *, seed: int, epoch: int, first: int = 0) -> Generator[Batch, None, None]:
        """Yield the batches of an epoch in its order, augmented where the pipeline says so, from batch number `first` on."""
        order = self._order(seed, epoch)

        def batch(start: int) -> Batch:
            rows = self.rows[order[start : start + size]]
            return Batch(*self.training_batch(rows, seed=seed, epoch=epoch), rows)

        return self._ahead(batch, range(first * size, len(self), size))

    def _order(self, seed: int, epoch: int) -> Array:
        """Return the order of an epoch, (len(self),)."""
        if self.balanced:
            return balanced_order(self.targets[self.rows].reshape(len(self)), seed=seed, epoch=epoch)
        blocks = self.inputs.blocks() if isinstance(self.inputs, LazyArray) else None
        return epoch_order(len(self), seed=seed, epoch=epoch, blocks=None if blocks is None else blocks[self.rows])

    def plain_batches(self, size: int) -> Generator[Batch, None, None]:
        """Yield all samples in batches, in the order of the data and never augmented."""
        count = len(self)

        def batch(start: int) -> Batch:
            stop = min(start + size, count)
            return Batch(*self.plain_batch(start, stop), self.rows[start:stop])

        return self._ahead(batch, range(0, count, size))

    def training_batch(self, rows: Array, *, seed: int, epoch: int) -> tuple[Array, Array, Array | None]:
        """Return inputs, targets and weights of these rows (augmented where the pipeline says so)."""
        x = self.prepared(self.augmented(self.inputs[rows], seed=seed, epoch=epoch, rows=rows))
        weights = None if self.weights is None else self.weights[rows]
        return self.mixed(x, self.targets[rows], weights, seed=seed, epoch=epoch, rows=rows)

    def plain_batch(self, start: int, stop: int) -> tuple[Array, Array, Array | None]:
        """Return inputs, targets and weights of the samples start..stop, never augmented."""
        rows = self.rows[start:stop]
        x = self.prepared(self.inputs[rows])
        return x, self.targets[rows], None if self.weights is None else self.weights[rows]

    def augmented(self, raw: Any, *, seed: int, epoch: int, rows: Array) -> Any:
        """Return raw inputs of these rows augmented, where the pipeline says so."""
        if not isinstance(self.pipeline, Pipeline):
            return raw
        augmentation, transforms = self.pipeline.augmentation, self.pipeline.transforms
        return augmentation.apply(raw, seed=seed, epoch=epoch, rows=rows, transforms=transforms)

    def mixed(
        self, x: Array, y: Array, weights: Array | None, *, seed: int, epoch: int, rows: Array
    ) -> tuple[Array, Array, Array | None]:
        """Return inputs, targets and weights of a batch, its samples mixed where the pipeline says so."""
        if not isinstance(self.pipeline, Pipeline) or not self.pipeline.augmentation.mixes:
            return x, y, weights
        mix = self.pipeline.augmentation.mix
        classes = self.target.outputs if self.soft and self.target is not None else 0
        return mix(x, y, weights, seed=seed, epoch=epoch, rows=rows, numbers=not self.labelled, classes=classes)

    def prepared(self, raw: Any) -> Array:
        """Return raw inputs as the network takes them."""
        return raw if self.pipeline is None else self.pipeline.prepare(raw)

    def _ahead(self, batch: Callable[[int], Batch], starts: Iterable[int]) -> Generator[Batch, None, None]:
        """Yield the batches that start there; those of lazy or distorted inputs are made in threads, ahead of the step."""
        distorted = isinstance(self.pipeline, Pipeline) and self.pipeline.augmentation.distorts
        if isinstance(self.inputs, LazyArray) or distorted:
            return prefetch(batch, starts, workers=WORKERS, ahead=2 * WORKERS)
        return (batch(start) for start in starts)


def make_samples(
    who: str,
    data: Data,
    pipeline: Pipeline | None = None,
    sample_weight: Array | None = None,
    class_weight: ClassWeights = None,
    target: Target | None = None,
) -> Samples:
    """Check and wrap one part; `target` encodes its targets, unless they are encoded already.

    Raises DataError, naming `who`, where inputs, targets and weights do not match.
    """
    part = replace(labelled_part(who, data, None), weights=sample_weight)
    return samples_of(who, part, pipeline, target, class_weight)


def samples_of(
    who: str,
    part: Part,
    preparation: Preparation | None,
    target: Target | None,
    class_weight: ClassWeights = None,
) -> Samples:
    """Return a part's samples: inputs as the preparation wants them, targets encoded. Raises DataError, naming `who`."""
    counted = rows_that_count(who, part)
    targets = np.asarray(part.targets) if target is None else _encoded(who, part, target, counted)
    labels = class_weight_labels(targets, target)
    weights = row_weights(who, labels, part.weights, by_number(class_weight, target, labels))
    rows = np.arange(len(part)) if weights is None else np.flatnonzero(weights > 0)
    if len(rows) == 0:
        raise DataError(f"{who}: at least one row must have a weight above 0; all weigh 0")
    own = None if part.weights is None else np.asarray(part.weights, np.float64)
    if isinstance(preparation, Pipeline | None) or isinstance(part.inputs, LazyArray):
        return Samples(part.inputs, targets, preparation, weights, rows, target, own=own)
    return Samples(preparation.prepare(part.inputs), targets, None, weights, rows, target, own=own)


def rows_that_count(who: str, part: Part) -> Array:
    """Return (M,) the rows whose own weight is above 0: what the others hold does not matter. Raises DataError."""
    weights = row_weights(who, np.zeros(len(part)), part.weights, None)
    return np.arange(len(part)) if weights is None else np.flatnonzero(weights > 0)


def _encoded(who: str, part: Part, target: Target, counted: Array) -> Array:
    """Return targets as losses take them; rows that do not count get those of one that does."""
    if part.classes is not None:
        return _renumbered(who, part, target)
    if 0 < len(counted) < len(part):
        rows = np.full(len(part), counted[0])
        rows[counted] = counted
        return encoded(who, part.at_targets(rows), target)
    return encoded(who, part.targets, target)


def _renumbered(who: str, part: Part, target: Target) -> Array:
    """Return a Dataset's labels as the target numbers its classes, which may stand in another order. Raises DataError."""
    labels, classes = np.asarray(part.targets), part.classes or ()
    if classes == target.names:
        return labels
    place = {name: number for number, name in enumerate(target.names)}
    for label in np.unique(labels):
        if classes[label] not in place:
            row = int(np.flatnonzero(labels == label)[0])
            known = ", ".join(target.names[:10]) + (", ..." if len(target.names) > 10 else "")
            raise DataError(
                f"{who}: row {row} is {classes[label]!r}, which is not among the classes trained on, {known}"
            )
    return np.array([place.get(name, -1) for name in classes])[labels]


def check_classes(who: str, part: Part, rows: Array, classes: int) -> None:
    """Raise ShapeError, before the first step, for a label for which the network has no score."""
    labels = np.asarray(part.at_targets(rows))
    if labels.ndim != 1 or labels.dtype.kind not in "iu":
        return
    wrong = np.flatnonzero((labels < 0) | (labels >= classes))
    if wrong.size:
        raise ShapeError(
            f"{who}: labels must lie in 0..{classes - 1}, since the network makes {classes} scores; "
            f"row {rows[wrong[0]]} is {labels[wrong[0]]}"
        )
