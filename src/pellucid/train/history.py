"""The history of a training run: a record per epoch, a loss per step."""

import math
from dataclasses import dataclass, field

from pellucid.train.events import EpochDone

__all__ = ["History"]


@dataclass(frozen=True)
class History:
    """What `fit` returns: one record per epoch, and the loss of every step of this call."""

    epochs: tuple[EpochDone, ...]
    step_losses: tuple[float, ...] = field(repr=False)
    best_epoch: int | None  # counts from 1
    interrupted: bool
    step_learning_rates: tuple[float, ...] = field(default=(), repr=False)

    def __str__(self) -> str:
        """A line per epoch, as on the command line, and whether the run was interrupted."""
        lines = ["epoch  loss     accuracy  validation"]
        for epoch in self.epochs:
            validation = "" if epoch.val_accuracy is None else f"{epoch.val_accuracy:10.2%}"
            best = "  best" if epoch.epoch == self.best_epoch else ""
            accuracy = "" if math.isnan(epoch.train_accuracy) else f"{epoch.train_accuracy:.2%}"
            line = f"{epoch.epoch:5}  {epoch.train_loss:<7.4f}  {accuracy:>8}  {validation}{best}"
            lines.append(line.rstrip())
        return "\n".join([*lines, *(["interrupted"] if self.interrupted else [])])

    @property
    def train_loss(self) -> list[float]:
        """The training loss of each epoch."""
        return [epoch.train_loss for epoch in self.epochs]

    @property
    def train_accuracy(self) -> list[float]:
        """The training accuracy of each epoch."""
        return [epoch.train_accuracy for epoch in self.epochs]

    @property
    def val_accuracy(self) -> list[float | None]:
        """The validation accuracy after each epoch."""
        return [epoch.val_accuracy for epoch in self.epochs]
