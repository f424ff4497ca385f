"""Epochs: losses and accuracies of training steps and of evaluations, put together between one boundary and the next."""

from dataclasses import dataclass, field

import torch

from pellucid.doctor.patient import Rows
from pellucid.doctor.torch.observing.arrays import array_of
from pellucid.doctor.torch.observing.tape import LossCall
from pellucid.doctor.vitals import EpochVitals
from pellucid.shapes import Array

__all__ = ["EvaluatedBatch", "Segment", "agreement", "answers_of"]


@dataclass(eq=False)
class EvaluatedBatch:
    """A batch that the model was evaluated on."""

    rows: int
    codes: Array
    training: bool  # the mode of the model
    loss: float | None = None
    correct: float | None = None  # the share of the rows that were answered correctly
    kept: Rows | None = None


@dataclass(eq=False)
class Segment:
    """The training steps since the last boundary."""

    loss: float = 0.0
    correct: float = 0.0
    rows: int = 0
    answered: int = 0
    steps: int = 0
    codes: set[int] = field(default_factory=set)

    def add(self, loss: float, rows: int, correct: float | None) -> None:
        """Add a step."""
        self.loss += loss * rows
        self.rows += rows
        self.steps += 1
        if correct is not None:
            self.correct += correct * rows
            self.answered += rows

    def vitals(self, epoch: int, step: int, rate: float, held: list[EvaluatedBatch]) -> EpochVitals:
        """Return the means, with those of what was evaluated."""
        return EpochVitals(
            epoch,
            step,
            self.loss / max(1, self.rows),
            self.correct / self.answered if self.answered else None,
            _mean([(batch.loss, batch.rows) for batch in held]),
            _mean([(batch.correct, batch.rows) for batch in held]),
            rate,
        )


def answers_of(call: LossCall) -> float | None:
    """Return the share of the rows that the scores of a loss answer correctly; None where targets are no classes."""
    with torch.no_grad():
        scores, target = call.scores.detach(), call.target.detach()
        if call.name == "softmax" and not target.is_floating_point() and scores.ndim == 2 and target.ndim == 1:
            return float((scores.argmax(1) == target).float().mean())
        if call.name == "bce" and scores.numel() == target.numel() == scores.shape[0]:
            threshold = 0.0 if call.reads == "scores" else 0.5
            return float(((scores.reshape(-1) > threshold) == (target.reshape(-1) > 0.5)).float().mean())
    return None


def agreement(predicted: torch.Tensor, labels: torch.Tensor) -> float:
    """Return the share of predictions that are the label."""
    return float((array_of(predicted) == array_of(labels)).mean())


def _mean(values: list[tuple[float | None, int]]) -> float | None:
    known = [(value, rows) for value, rows in values if value is not None]
    return sum(value * rows for value, rows in known) / sum(rows for _, rows in known) if known else None
