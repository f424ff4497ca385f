"""The history of a training run: a record an epoch, a loss a step."""

from dataclasses import dataclass

from pellucid.train.events import EpochDone

__all__ = ["History"]


@dataclass(frozen=True)
class History:
    """What `fit` returns: one record an epoch, and the loss of every step of this call."""

    epochs: tuple[EpochDone, ...]
    step_losses: tuple[float, ...]
    best_epoch: int | None  # counts from 1
    interrupted: bool

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
