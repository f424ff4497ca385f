"""The loop of a training run: epochs of batches, validation, checkpoints; everything that happens is yielded."""

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pellucid.data import epoch_order
from pellucid.nets import StorageError, read_tensors, write_tensors
from pellucid.shapes import Array
from pellucid.train.checkpoint import CheckpointFolder, Progress
from pellucid.train.events import (
    CheckpointSaved,
    EpochDone,
    Event,
    Finished,
    Interrupted,
    NotFinite,
    Started,
    StepDone,
    StoppedEarly,
)
from pellucid.train.interrupts import Interrupts, watched_interrupts
from pellucid.train.not_finite import NotFiniteError
from pellucid.train.samples import Samples

if TYPE_CHECKING:
    from pellucid.train.trainer import Trainer

__all__ = ["Loop"]


@dataclass
class Loop:
    """One run: the trainer, its samples, how far it is, and when to save."""

    trainer: "Trainer"
    training: Samples
    held_out: Samples | None
    epochs: int
    progress: Progress
    patience: int | None
    checkpoint_every: int | None  # steps
    checkpoint_seconds: float
    best: dict[str, Array] | None = None  # the best epoch's arrays, where there is no folder to keep them
    saved_at: float = 0.0

    @property
    def steps_per_epoch(self) -> int:
        """Batches in an epoch; the last may be smaller."""
        return math.ceil(len(self.training) / self.trainer.batch_size)

    def run(self, checkpoints: CheckpointFolder | None) -> Iterator[Event]:
        """Yield the events of the whole run."""
        trainer, progress = self.trainer, self.progress
        trainer.schedule_span = (progress.first_step, self.epochs * self.steps_per_epoch)
        self.saved_at = time.perf_counter()
        yield Started(
            samples=len(self.training),
            epochs=self.epochs,
            steps_per_epoch=self.steps_per_epoch,
            first_epoch=progress.epoch,
            first_step=progress.step,
            parameters=trainer.net.params.flat.size,
            layers=trainer.layers.name,
        )
        with watched_interrupts() as interrupts:
            while progress.epoch < self.epochs and not self._out_of_patience():
                for event in self._epoch(checkpoints, interrupts):
                    yield event
                    if isinstance(event, (Interrupted, NotFinite)):
                        trainer.schedule_span = None
                        return
            if progress.epoch < self.epochs and self.patience is not None:
                yield StoppedEarly(progress.epoch, progress.step, self.patience)
            self._take_best(checkpoints)
        trainer.schedule_span = None
        accuracy = None if progress.best_epoch is None else progress.history[progress.best_epoch - 1].val_accuracy
        yield Finished(progress.epoch, progress.step, progress.best_epoch, accuracy, progress.seconds)

    def _epoch(self, checkpoints: CheckpointFolder | None, interrupts: Interrupts) -> Iterator[Event]:
        """Yield the events of the epoch under way, from the batch where it stands."""
        trainer, progress = self.trainer, self.progress
        number = progress.first_epoch + progress.epoch
        order = epoch_order(len(self.training), seed=trainer.seed, epoch=number)
        while progress.batch < self.steps_per_epoch:
            places = order[progress.batch * trainer.batch_size : (progress.batch + 1) * trainer.batch_size]
            try:
                yield self._step(places, number)
            except NotFiniteError as error:
                path = self._save(checkpoints)
                yield NotFinite(progress.step + 1, error.where, error.loss, path)
                return
            if interrupts.asked:
                yield Interrupted(progress.step, self._save(checkpoints))
                return
            if checkpoints is not None and progress.batch < self.steps_per_epoch and self._checkpoint_is_due():
                yield CheckpointSaved(progress.step, str(self._save(checkpoints)))
        yield self._finish_epoch(checkpoints)
        if checkpoints is not None:
            yield CheckpointSaved(progress.step, str(self._save(checkpoints)))

    def _step(self, places: Array, epoch: int) -> StepDone:
        trainer, progress, started = self.trainer, self.progress, time.perf_counter()
        x, y, weights = self.training.training_batch(places, seed=trainer.seed, epoch=epoch)
        rate = trainer.learning_rate
        done = trainer.pass_and_update(x, y, weights)
        right = int((done.scores.argmax(axis=1) == y).sum()) if self.training.labelled else 0
        progress.batch += 1
        progress.step += 1
        progress.rows += len(y)
        progress.loss_sum += done.loss * len(y)
        progress.right += right
        seconds = time.perf_counter() - started
        progress.epoch_seconds += seconds
        return StepDone(
            step=progress.step,
            epoch=progress.epoch + 1,
            loss=done.loss,
            accuracy=right / len(y) if self.training.labelled else math.nan,
            learning_rate=rate,
            gradient_norm=done.gradient_norm,
            seconds=seconds,
        )

    def _finish_epoch(self, checkpoints: CheckpointFolder | None) -> EpochDone:
        """Validate, keep the best, move to the next epoch."""
        trainer, progress, started = self.trainer, self.progress, time.perf_counter()
        val_loss = val_accuracy = None
        best = False
        if self.held_out is not None:
            with np.errstate(over="ignore", invalid="ignore"):
                judged = trainer.evaluate(self.held_out)
            val_loss = judged.loss
            val_accuracy = judged.accuracy if self.held_out.labelled else None
            # By validation accuracy; of epochs that tie, by the loss.
            rank = (0.0 if val_accuracy is None else val_accuracy, -val_loss)
            best = math.isfinite(val_loss) and (progress.best_rank is None or rank > progress.best_rank)
            if best:
                progress.best_epoch, progress.best_rank = progress.epoch + 1, rank
                self._keep_best(checkpoints)
        record = EpochDone(
            epoch=progress.epoch + 1,
            step=progress.step,
            train_loss=progress.loss_sum / progress.rows,
            train_accuracy=progress.right / progress.rows if self.training.labelled else math.nan,
            val_loss=val_loss,
            val_accuracy=val_accuracy,
            best=best,
            seconds=progress.epoch_seconds + time.perf_counter() - started,
        )
        progress.seconds += record.seconds
        progress.history.append(record)
        progress.start_next_epoch()
        trainer.epochs_done = progress.first_epoch + progress.epoch
        return record

    def _out_of_patience(self) -> bool:
        """Whether validation has not improved for `patience` epochs."""
        progress = self.progress
        if self.patience is None or self.held_out is None:
            return False
        return progress.epoch - (progress.best_epoch or 0) >= self.patience

    def _checkpoint_is_due(self) -> bool:
        by_steps = self.checkpoint_every is not None and self.progress.step % self.checkpoint_every == 0
        return by_steps or time.perf_counter() - self.saved_at >= self.checkpoint_seconds

    def _save(self, checkpoints: CheckpointFolder | None) -> str | None:
        if checkpoints is None:
            return None
        path = self.trainer.save(checkpoints, self.progress)
        self.saved_at = time.perf_counter()
        return str(path)

    def _keep_best(self, checkpoints: CheckpointFolder | None) -> None:
        arrays = self.trainer.net.named_tensors()
        if checkpoints is None:
            self.best = {name: array.copy() for name, array in arrays.items()}
        else:
            about = {"network": self.trainer.net.to_document(), "about": self.trainer.about}
            write_tensors(checkpoints.best_path, arrays, about | {"epoch": self.progress.epoch + 1})

    def _take_best(self, checkpoints: CheckpointFolder | None) -> None:
        """Give the network the best epoch's parameters."""
        if self.progress.best_epoch is None:
            return
        if checkpoints is not None:
            arrays, document = read_tensors(checkpoints.best_path)
            if document.get("epoch") != self.progress.best_epoch:
                raise StorageError(
                    f"{checkpoints.best_path} holds epoch {document.get('epoch')}, not the best, {self.progress.best_epoch}"
                )
            self.trainer.net.adopt(arrays, str(checkpoints.best_path))
        elif self.best is not None:
            self.trainer.net.adopt(self.best, "the best epoch")
