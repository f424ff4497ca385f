"""The loop of a training run: epochs of batches, validation, checkpoints; everything that happens is yielded."""

import contextlib
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from pellucid.optim import ReduceOnPlateau, Schedule
from pellucid.shapes import Array
from pellucid.train.checkpoint import Progress
from pellucid.train.evaluation import Evaluation, evaluate
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
from pellucid.train.objective import Monitor
from pellucid.train.samples import Batch, Samples
from pellucid.train.saving import Saving
from pellucid.train.stepper import Stepper

__all__ = ["Loop"]


@dataclass
class Loop:
    """One run: what makes its steps, its samples, how far it is, and what it saves."""

    stepper: Stepper
    schedule: Schedule
    seed: int
    training: Samples
    held_out: Samples | None
    progress: Progress  # how far it is, and of how many epochs
    saving: Saving
    monitor: Monitor = field(default_factory=Monitor)
    _steps: int | None = field(init=False, default=None)  # in the epoch under way; None where it is not known
    _labelled: bool = field(init=False, default=True)  # whether predictions are correct or not

    @property
    def steps_per_epoch(self) -> int | None:
        """Batches in an epoch, the last may be smaller; None in the first epoch of a stream that has no length."""
        known, progress = self.training.steps(self.stepper.batch_size), self.progress
        if known is None and progress.epoch:
            return (progress.step - progress.batch) // progress.epoch  # of the epochs done
        return known

    def learning_rate(self, step: int) -> float:
        """The learning rate of a step, counted from 0: the schedule spans all epochs of the run.

        Where the number of steps is not known, it stays at its start for the first epoch.
        """
        done = self.fraction_done(step)
        rate = self.stepper.optimizer.learning_rate * self.schedule(done)
        if isinstance(self.schedule, ReduceOnPlateau):
            rate *= self.schedule.after([epoch.best for epoch in self.progress.history])
        return rate

    def fraction_done(self, step: int) -> float:
        """Return the fraction of the run that this number of steps is; 0 where the run's length is not known."""
        steps = self._steps
        return 0.0 if steps is None else min(1.0, step / (self.progress.epochs * steps))

    def run(self) -> Iterator[Event]:
        """Yield the events of the whole run."""
        stepper, progress, target = self.stepper, self.progress, self.training.target
        yield Started(
            samples=self.training.count,
            epochs=self.progress.epochs,
            steps_per_epoch=self.steps_per_epoch,
            first_epoch=progress.epoch,
            first_step=progress.step,
            parameters=stepper.net.params.flat.size,
            layers=stepper.layers.name,
            settings=self.saving.settings(),
            decides=None if self.held_out is None or target is None else self.monitor.decides(target),
            run=self,
        )
        with watched_interrupts() as interrupts:
            while progress.epoch < self.progress.epochs and not progress.out_of_patience:
                for event in self._epoch(interrupts):
                    yield event
                    if isinstance(event, (Interrupted, NotFinite)):
                        return
            if progress.epoch < self.progress.epochs and progress.patience is not None:
                yield StoppedEarly(progress.epoch, progress.step, progress.patience)
            self.saving.restore_best()
            if self.stepper.average is not None and progress.best_epoch is None:
                self.stepper.average.adopt()
        accuracy = None if progress.best_epoch is None else progress.history[progress.best_epoch - 1].val_accuracy
        yield Finished(progress.epoch, progress.step, progress.best_epoch, accuracy, progress.seconds)

    def _epoch(self, interrupts: Interrupts) -> Iterator[Event]:
        """Yield the events of the epoch under way, from the batch it has reached."""
        progress, saving, size = self.progress, self.saving, self.stepper.batch_size
        self._steps, self._labelled = self.steps_per_epoch, self.training.labelled  # the same for all of its steps
        number = progress.first_epoch + progress.epoch
        batches = self.training.batches(size, seed=self.seed, epoch=number, first=progress.batch)
        with contextlib.closing(batches):
            while (done := self._next_step(batches)) is not None:
                yield done
                if isinstance(done, NotFinite):
                    return
                if interrupts.asked:
                    yield Interrupted(progress.step, saving.save())
                    return
                if progress.batch != self._steps and saving.is_due():
                    yield from self._checkpoint()
        yield self._finish_epoch()
        yield from self._checkpoint()

    def _next_step(self, batches: Iterator[Batch]) -> StepDone | NotFinite | None:
        """Make the step of the next batch; None at the end of the epoch."""
        started = time.perf_counter()
        batch = next(batches, None)
        if batch is None:
            return None
        try:
            return self._step(batch, started)
        except NotFiniteError as error:
            return NotFinite(self.progress.step + 1, error.where, error.loss, self.saving.save(), error.in_data)

    def _step(self, batch: Batch, started: float) -> StepDone:
        """Make the step of a batch, which was asked for at `started`, and count it."""
        progress = self.progress
        x, y, weights, rows = batch
        rate = self.learning_rate(progress.step)
        done = self.stepper.step(x, y, weights, learning_rate=rate, rows=rows, run=progress)
        if self.stepper.average is not None:
            self.stepper.average.update(self.fraction_done(progress.step + 1))
        labels = self.training.hard(y) if self.training.soft else y
        correct = self.training.count_correct(done.scores, labels) if self._labelled else 0
        if self.monitor.metrics:
            progress.seen.append((done.scores.copy(), labels))
        progress.batch += 1
        progress.step += 1
        progress.rows += len(y)
        progress.loss_sum += done.loss * len(y)
        progress.correct += correct
        seconds = time.perf_counter() - started
        progress.epoch_seconds += seconds
        return StepDone(
            step=progress.step,
            epoch=progress.epoch + 1,
            loss=done.loss,
            accuracy=correct / len(y) if self._labelled else math.nan,
            learning_rate=rate,
            gradient_norm=done.gradient_norm,
            seconds=seconds,
        )

    def _finish_epoch(self) -> EpochDone:
        """Validate, save the best, move to the next epoch."""
        progress, started = self.progress, time.perf_counter()
        metrics = self._metrics("train", *progress.seen_arrays().values())
        val_loss, val_accuracy = None, None
        with self.stepper.averaged():
            if self.held_out is not None:
                found = self._validate(self.held_out)
                val_loss, val_accuracy = found.loss, found.accuracy if self.held_out.labelled else None
                metrics |= self._metrics("val", found.scores, found.targets, *self.held_out.own_weights())
            best = val_loss is not None and self._is_best(val_loss, val_accuracy, metrics)
            if best:
                self.saving.save_best()
        record = EpochDone(
            epoch=progress.epoch + 1,
            step=progress.step,
            train_loss=progress.loss_sum / progress.rows,
            train_accuracy=progress.correct / progress.rows if self.training.labelled else math.nan,
            val_loss=val_loss,
            val_accuracy=val_accuracy,
            best=best,
            seconds=progress.epoch_seconds + time.perf_counter() - started,
            learning_rate=self.learning_rate(progress.step - 1),
            metrics=metrics,
        )
        progress.seconds += record.seconds
        progress.history.append(record)
        progress.start_next_epoch()
        return record

    def _metrics(self, part: str, *measured: Array) -> dict[str, float]:
        """Return the metrics of a part by name, from scores, targets and perhaps weights; nothing where none were asked for."""
        target = self.training.target
        if target is None or not measured:
            return {}
        return self.monitor.values(part, target, *measured)

    def _validate(self, samples: Samples) -> Evaluation:
        """Return loss, accuracy and scores at inference."""
        stepper = self.stepper
        with np.errstate(over="ignore", invalid="ignore"):
            return evaluate(
                stepper.net,
                samples,
                loss=stepper.loss,
                label_smoothing=stepper.label_smoothing,
                layers=stepper.layers,
            )

    def _is_best(self, loss: float, accuracy: float | None, metrics: dict[str, float]) -> bool:
        """Whether the epoch under way is the best so far, by what is monitored and then by loss; if so, note it."""
        progress, rank = self.progress, self.monitor.rank(loss, accuracy, metrics)
        best = rank is not None and (progress.best_rank is None or rank > progress.best_rank)
        if best:
            progress.best_epoch, progress.best_rank = progress.epoch + 1, rank
        return best

    def _checkpoint(self) -> Iterator[Event]:
        """Save the run, where it has a folder."""
        path = self.saving.save()
        if path is not None:
            yield CheckpointSaved(self.progress.step, path)
