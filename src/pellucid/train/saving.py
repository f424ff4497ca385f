"""What a run saves, and when: checkpoints, and the network of the best epoch."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pellucid.nets import StorageError, read_tensors, write_tensors
from pellucid.shapes import Array
from pellucid.train.checkpoint import CheckpointFolder, Progress
from pellucid.train.saved_state import save_state
from pellucid.train.stepper import Stepper

__all__ = ["Saving"]


@dataclass
class Saving:
    """Saves a run in its folder; without one, keeps only the best epoch's arrays, in memory."""

    stepper: Stepper
    progress: Progress
    settings: Callable[[], dict[str, Any]]  # what a resumed run must share, as it is when a checkpoint is written
    about: dict[str, Any]  # what else the best epoch's file should say
    every_steps: int | None
    every_seconds: float
    checkpoints: CheckpointFolder | None = None
    best: dict[str, Array] | None = None  # the best epoch's arrays, where there is no folder
    saved_at: float = 0.0

    def __post_init__(self) -> None:
        self.saved_at = time.perf_counter()

    def is_due(self) -> bool:
        """Whether it is time for a checkpoint within an epoch."""
        if self.checkpoints is None:
            return False
        by_steps = self.every_steps is not None and self.progress.step % self.every_steps == 0
        return by_steps or time.perf_counter() - self.saved_at >= self.every_seconds

    def save(self) -> str | None:
        """Write a checkpoint and return its path; None where there is no folder."""
        if self.checkpoints is None:
            return None
        path = save_state(self.stepper, self.checkpoints, self.progress, self.settings())
        self.saved_at = time.perf_counter()
        return str(path)

    def save_best(self) -> None:
        """Save the network as that of the best epoch so far, the one under way."""
        if self.checkpoints is None:
            self.best = {name: array.copy() for name, array in self.stepper.net.named_tensors().items()}
            return
        self._write(self.progress.epoch + 1)

    def restore_best(self) -> None:
        """Give the network the best epoch's arrays; where no epoch was judged, the folder gets those of the last."""
        net, best_epoch = self.stepper.net, self.progress.best_epoch
        if best_epoch is None:
            if self.checkpoints is not None:
                self._write(self.progress.epoch)
            return
        if self.checkpoints is not None:
            path = self.checkpoints.best_path
            arrays, document = read_tensors(path)
            if document.get("epoch") != best_epoch:
                raise StorageError(f"{path} holds epoch {document.get('epoch')}, not the best, {best_epoch}")
            net.adopt(arrays, str(path))
        elif self.best is not None:
            net.adopt(self.best, "the best epoch")

    def _write(self, epoch: int) -> None:
        """Write the network, with what its file should also say, as that of this epoch."""
        assert self.checkpoints is not None
        net = self.stepper.net
        document = {"network": net.to_document(), "about": self.about, "epoch": epoch}
        write_tensors(self.checkpoints.best_path, net.named_tensors(), document)
