"""EpochKeeper: where epochs begin and end, what was learned and evaluated in each, and the rows that were seen."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from pellucid.doctor.patient import Rows
from pellucid.doctor.torch.observing.counting import EvaluatedBatch, Segment
from pellucid.doctor.torch.observing.rows import RowStore
from pellucid.doctor.vitals import EpochVitals
from pellucid.shapes import Array

__all__ = ["EpochKeeper", "majority_of", "rows_of"]

MOST_EPOCHS = 10_000
MOST_CODES = 200_000  # of rows, by which they are known again
MOST_BATCHES = 5000  # of one evaluation
MOST_INSIDE = 300  # batches of training rows that were evaluated
LEAKED = 0.9  # of the training rows: a loop that evaluates more of them looks at its training data


class EpochKeeper:
    """An epoch ends where a DataLoader begins again, where rows come again, and where the model was evaluated."""

    def __init__(self) -> None:
        self.epochs: list[EpochVitals] = []
        self.parts = {"training": RowStore(), "validation": RowStore()}
        self.whole: int | None = None  # rows of the training data, where that was seen
        self.validated_in_training_mode = False
        self.is_first = True  # whether the training data have not been seen once
        self.is_first_evaluation = True
        self._segment, self._phase = Segment(), list[EvaluatedBatch]()
        self._codes: set[int] = set()
        self._inside: list[EvaluatedBatch] = []  # evaluated batches of training rows
        self._inside_codes: set[int] = set()
        self._loader: Any = None
        self._began = False  # whether a loader has begun since the last training step

    def loader_began(self, loader: Any) -> None:
        """Hear that a DataLoader begins to give batches."""
        self._loader, self._began = loader, True

    @property
    def reads_rows(self) -> bool:
        """Whether rows still have to be read, to know them again."""
        return self.is_first or self._loader is None

    def begin_batch(self, codes: Array | None, step: int, rate: float) -> None:
        """Close the epoch if this training batch begins another. codes: of its rows."""
        numbers = [] if codes is None else codes.tolist()
        self._sort_out(numbers)
        repeated = sum(code in self._segment.codes for code in numbers) > len(numbers) / 2
        if self._began and self.whole is None and hasattr(getattr(self._loader, "dataset", None), "__len__"):
            self.whole = len(self._loader.dataset)
        if self._segment.steps and (self._phase or self._began or repeated):
            came_again = self._segment.steps > 1 or bool(self._codes.intersection(numbers))
            if repeated or (self._began and came_again):
                self.is_first = False
            self.close(step, rate)
        self._began = False

    def add_batch(self, codes: Array | None, loss: float, rows: int, correct: float | None) -> None:
        """Add a training batch."""
        self._segment.add(loss, rows, correct)
        if codes is not None and len(self._codes) < MOST_CODES:
            self._codes.update(codes.tolist())
            self._segment.codes.update(codes.tolist())

    def add_evaluation(self, batch: EvaluatedBatch) -> None:
        """Add a batch that the model was evaluated on."""
        if len(self._phase) < MOST_BATCHES:
            self._phase.append(batch)

    def _sort_out(self, more: Sequence[int] = ()) -> None:
        """Take batches of training rows out of the evaluation: a loop may measure its training accuracy, too."""
        seen, phase = self._codes.union(more) if more and self._phase else self._codes, self._phase
        self._phase = [batch for batch in phase if not seen.issuperset(batch.codes.tolist())]
        for batch in phase:
            codes = batch.codes.tolist()
            is_new = not self._inside_codes.issuperset(codes)
            if is_new and batch not in self._phase and not batch.training and len(self._inside) < MOST_INSIDE:
                self._inside.append(batch)
                self._inside_codes.update(codes)

    def close(self, step: int, rate: float) -> None:
        """Put together the training steps since the last boundary and what was evaluated after them."""
        self._sort_out()
        held = self._phase
        self._keep(held)
        self.validated_in_training_mode |= any(batch.training for batch in held)
        if self._segment.steps:
            self.epochs.append(self._segment.vitals(len(self.epochs) + 1, step, rate, held))
            if len(self.epochs) > MOST_EPOCHS:
                self.epochs = self.epochs[::2]
        self._segment, self._phase = Segment(), []

    def end(self, step: int, rate: float) -> None:
        """Close the last epoch. Where all that was evaluated are rows of training, and only a part of them, they are validation
        rows that have leaked into training."""
        self.close(step, rate)
        if self.parts["validation"].count == 0 and len(self._inside_codes) < LEAKED * len(self._codes):
            self._keep(self._inside)

    def _keep(self, held: list[EvaluatedBatch]) -> None:
        """Keep the rows of the first evaluation."""
        for batch in held:
            if batch.kept is not None and self.is_first_evaluation:
                self.parts["validation"].add(*batch.kept)
        self.is_first_evaluation = self.is_first_evaluation and not held


def majority_of(labels: Array | None) -> float | None:
    """Return the share of the most frequent class; None where targets are no classes."""
    if labels is None or labels.ndim != 1 or labels.dtype.kind not in "iub" or not len(labels):
        return None
    return float(np.unique(labels, return_counts=True)[1].max() / len(labels))


def rows_of(arrays: tuple[Array, ...], y: Array) -> Rows:
    """Return rows of one input, or of several."""
    return Rows(arrays if len(arrays) > 1 else arrays[0], y)
