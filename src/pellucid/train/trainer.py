"""Trainer: the interface for users. A stepper makes the updates, a loop runs over batches and epochs.

`step` is one update. `events` is the loop, as a stream of records; `fit` runs it and returns the history.
"""

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from os import PathLike
from pathlib import Path
from typing import Any

from pellucid.data import Dataset, Pipeline, Splits
from pellucid.data.targets import Classes, Target
from pellucid.kernels import NATIVE, NATIVE_RULES, fastest_layers
from pellucid.layers import Layers, Loss, kind_of
from pellucid.metrics import Metric
from pellucid.nets import Network, StorageError
from pellucid.optim import REFERENCE_RULES, Adam, Constant, Optimizer, Rule, Schedule, UpdateRules
from pellucid.plan import Plan
from pellucid.shapes import Array, ShapeError, check_number, check_whole
from pellucid.train.checkpoint import CheckpointFolder, Progress
from pellucid.train.evaluation import Evaluation, evaluate
from pellucid.train.events import Event, Interrupted, NotFinite, StepDone
from pellucid.train.history import History
from pellucid.train.loop import Loop
from pellucid.train.not_finite import NotFiniteError
from pellucid.train.objective import (
    Monitor,
    check_own_loss,
    checked_target,
    choose_target,
    rows_to_check,
    scores_to_check,
)
from pellucid.train.readers.watching import watcher
from pellucid.train.run_settings import run_settings
from pellucid.train.samples import Data, Samples, check_classes, row_weights, training_and_validation
from pellucid.train.saved_state import restore_state, save_state
from pellucid.train.saving import Saving
from pellucid.train.stepper import Stepper

__all__ = ["Trainer"]


class Trainer:
    """Trains a network.

    >>> import numpy as np
    >>> from pellucid.nets import Affine, Network, ReLU
    >>> x = np.random.default_rng(0).standard_normal((64, 4))
    >>> y = (x[:, 0] > 0).astype(int)
    >>> trainer = Trainer(Network([Affine(8), ReLU(), Affine(2)], (4,)), Adam(learning_rate=0.05), batch_size=16)
    >>> trainer.fit((x, y), epochs=20).train_accuracy[-1] > 0.9
    True

    loss is a name in `layers.LOSSES` ('softmax', 'bce', 'mse', ...) or a function (scores, targets) -> (loss, dscores), checked
    once against differences when training starts (check_loss=False: not). target says what the outputs mean (`data.targets`);
    without one, loss and data decide: numbers are standardized for the library's losses. metrics are names in `metrics.METRICS`
    or functions (predictions, targets); monitor ('val_f1', 'val_loss') decides the best epoch and early stopping: unless given,
    the validation accuracy, for numbers the validation loss. reg is the strength of L2 regularization; class_weight gives classes
    a weight in the loss; schedule multiplies the learning rate over a run; clip_norm limits the norm of the gradient; seed
    determines order and augmentation (the network's own seed determines initial weights and dropout).
    """

    def __init__(
        self,
        net: Network,
        optimizer: Optimizer | None = None,
        *,
        batch_size: int = 64,
        layers: Layers | None = None,
        rules: UpdateRules | None = None,
        loss: Loss = "softmax",
        label_smoothing: float = 0.0,
        reg: float = 0.0,
        class_weight: Mapping[int, float] | Sequence[float] | None = None,
        schedule: Schedule | None = None,
        clip_norm: float | None = None,
        seed: int = 0,
        target: Target | None = None,
        metrics: Sequence[str | Metric | Callable[..., Any]] = (),
        monitor: str | None = None,
        check_loss: bool = True,
    ) -> None:
        check_whole("Trainer", "seed", seed, minimum=0)
        if schedule is not None and not callable(schedule):
            raise ShapeError(f"Trainer: schedule must be one of pellucid.optim, such as OneCycle(); got {schedule!r}")
        layers = fastest_layers() if layers is None else layers
        self.stepper = Stepper(
            net,
            Adam() if optimizer is None else optimizer,
            batch_size=batch_size,
            layers=layers,
            rules=(NATIVE_RULES if layers is NATIVE else REFERENCE_RULES) if rules is None else rules,
            loss=loss,
            label_smoothing=label_smoothing,
            reg=reg,
            clip_norm=clip_norm,
        )
        self.class_weight = class_weight
        self.schedule: Schedule = Constant() if schedule is None else schedule
        self.seed = seed
        self.target = checked_target(target)  # what the outputs mean; found by the first fit unless given
        self.monitor = Monitor.of(metrics, monitor)
        self.check_loss = check_loss  # whether a loss of one's own is still to be checked
        self.about: dict[str, Any] = {}  # what the best epoch's file should also say: classes, standardization
        self._progress = Progress()  # of the latest run

    @property
    def net(self) -> Network:
        """The network that learns."""
        return self.stepper.net

    @property
    def optimizer(self) -> Optimizer:
        """The optimizer's settings. Assign another of the same kind to change them, between two steps or epochs."""
        return self.stepper.optimizer

    @optimizer.setter
    def optimizer(self, optimizer: Optimizer) -> None:
        self.stepper.optimizer = optimizer

    @property
    def rule(self) -> Rule:
        """The update rule."""
        return self.stepper.rule

    @property
    def moments(self) -> Any:
        """The rule's state: arrays like the network's flat buffer."""
        return self.stepper.moments

    @property
    def batch_size(self) -> int:
        """Maximum number of rows in a step."""
        return self.stepper.batch_size

    @property
    def layers(self) -> Layers:
        """The table of layers that computes."""
        return self.stepper.layers

    @property
    def loss(self) -> Loss:
        """The name of the loss, or a function of one's own."""
        return self.stepper.loss

    @property
    def label_smoothing(self) -> float:
        """The label smoothing of the softmax loss."""
        return self.stepper.label_smoothing

    @property
    def reg(self) -> float:
        """The strength of L2 regularization."""
        return self.stepper.reg

    @property
    def clip_norm(self) -> float | None:
        """The maximum norm of the gradient."""
        return self.stepper.clip_norm

    @property
    def steps_done(self) -> int:
        """Updates made so far, in all runs and outside them."""
        return self.stepper.steps_done

    @property
    def epochs_done(self) -> int:
        """Epochs finished so far, in all runs."""
        return self._progress.first_epoch + self._progress.epoch

    @property
    def learning_rate(self) -> float:
        """The base learning rate, which `step` uses; within a run, the schedule multiplies it."""
        return self.optimizer.learning_rate

    @property
    def plan(self) -> Plan:
        """The plan that steps run: made on the first use, and again after parameters are frozen or unfrozen."""
        return self.stepper.plan

    def step(self, images: Array, labels: Array, *, weights: Array | None = None) -> float:
        """Make one update on a batch of 1 to batch_size rows, at the base learning rate; return its loss before the update.

        weights (N,) are the rows' weights; the trainer's class weights multiply them. Raises NotFiniteError, and changes
        nothing, where the loss or a gradient is NaN or infinite.
        """
        if self.class_weight is not None:
            weights = row_weights("Trainer.step", labels, weights, self.class_weight)
        stepper = self.stepper
        return stepper.step(images, labels, weights, learning_rate=stepper.optimizer.learning_rate).loss

    def fit(
        self,
        data: Data,
        epochs: int,
        *,
        on_event: Callable[[Event], None] | None = None,
        **options: Any,
    ) -> History:
        """Train for `epochs` passes over the data and return the history; options are those of `events`.

        Afterwards the network holds the parameters of the best epoch by validation accuracy, if there is a validation set.
        Raises NotFiniteError where the loss stops being finite (after saving, if there is a folder). Each event goes to
        `on_event`; without one, to `watching.watcher()`: live curves in a notebook, nothing elsewhere.
        """
        watch = watcher() if on_event is None else on_event
        losses: list[float] = []
        progress = Progress()
        interrupted, failed = False, None
        for event in self.events(data, epochs, progress=progress, **options):
            if isinstance(event, StepDone):
                losses.append(event.loss)
            interrupted |= isinstance(event, Interrupted)
            if isinstance(event, NotFinite):
                failed = NotFiniteError(event.step, event.where, event.loss, in_data=event.in_data)
            watch(event)
        if failed is not None:
            raise failed
        return History(tuple(progress.history), tuple(losses), progress.best_epoch, interrupted)

    def events(
        self,
        data: Data,
        epochs: int,
        *,
        validation: Dataset | tuple[Array, Array] | None = None,
        pipeline: Pipeline | None = None,
        sample_weight: Array | None = None,
        patience: int | None = None,
        folder: str | PathLike[str] | CheckpointFolder | None = None,
        resume: bool = False,
        checkpoint_every: int | None = None,
        checkpoint_seconds: float = 60.0,
        progress: Progress | None = None,
    ) -> Iterator[Event]:
        """Train, and yield what happens.

        data: Splits, a Dataset, or arrays (x, y). validation: a Dataset or arrays (Splits bring their own). pipeline: how samples
        become inputs (a Dataset of pixels is standardized unless given). patience: end after this many epochs without a better
        one. folder: where checkpoints go: after every epoch, every `checkpoint_every` steps, and every `checkpoint_seconds`;
        resume=True continues from the newest one there, and refuses where the run had other settings.
        """
        check_whole("Trainer", "epochs", epochs)
        for name, value in (("patience", patience), ("checkpoint_every", checkpoint_every)):
            if value is not None:
                check_whole("Trainer", name, value)
        check_number("Trainer", "checkpoint_seconds", checkpoint_seconds, minimum=0)
        if resume and folder is None:
            raise ShapeError("Trainer: resume=True needs the folder that holds the checkpoints")
        training, held_out = self._samples(data, validation, pipeline, sample_weight)
        self._check_loss(training)
        progress = Progress() if progress is None else progress
        progress.first_step, progress.first_epoch = self.steps_done, self.epochs_done
        progress.samples, progress.epochs = len(training), int(epochs)
        self._progress = progress
        settings = partial(self._settings, training.pipeline)
        saving = Saving(self.stepper, progress, settings, self.about, checkpoint_every, checkpoint_seconds)
        loop = Loop(
            self.stepper, self.schedule, self.seed, training, held_out, patience, progress, saving, self.monitor
        )
        if folder is None:
            yield from loop.run()
            return
        with CheckpointFolder.of(folder).held() as checkpoints:
            saving.checkpoints = checkpoints
            if resume:
                for damaged in restore_state(self.stepper, checkpoints, progress, settings()):
                    warnings.warn(f"{damaged}; continuing from the one before it", stacklevel=2)
            elif checkpoints.paths():
                raise StorageError(
                    f"{checkpoints.folder} already contains a run; pass resume=True, or choose another folder"
                )
            yield from loop.run()

    def save(self, checkpoints: CheckpointFolder, progress: Progress, *, pipeline: Pipeline | None = None) -> Path:
        """Write a checkpoint of the whole state of a run whose samples go through this pipeline."""
        return save_state(self.stepper, checkpoints, progress, self._settings(pipeline))

    def restore(
        self, checkpoints: CheckpointFolder, progress: Progress, *, pipeline: Pipeline | None = None
    ) -> list[str]:
        """Restore the newest sound checkpoint; return a line for each damaged one that was skipped."""
        damaged = restore_state(self.stepper, checkpoints, progress, self._settings(pipeline))
        self._progress = progress
        return damaged

    def evaluate(self, samples: Samples, *, most: int | None = None) -> Evaluation:
        """Return loss, accuracy and scores of samples at inference."""
        return evaluate(
            self.net, samples, loss=self.loss, label_smoothing=self.label_smoothing, layers=self.layers, most=most
        )

    def _samples(
        self,
        data: Data,
        validation: Dataset | tuple[Array, Array] | None,
        pipeline: Pipeline | None,
        sample_weight: Array | None,
    ) -> tuple[Samples, Samples | None]:
        """Return training and validation samples whose labels the network has scores for."""
        target = self.target = self._target_of(data)
        training, held_out = training_and_validation(
            data, validation, pipeline, sample_weight, self.class_weight, target
        )
        if target is not None:
            self.monitor.check(target, validated=held_out is not None)
        if (kind := kind_of(self.loss)) is not None and kind.takes == "labels":
            for who, samples in (("data", training), ("validation", held_out)):
                check_classes(who, samples, self.net.output_shape[0], self.class_weight)
        return training, held_out

    def _target_of(self, data: Data) -> Target | None:
        """Return what the outputs mean: a data set's classes; the target given, or found before; or what data and loss say."""
        part = data.train if isinstance(data, Splits) else data
        if isinstance(part, Dataset):
            return Classes(part.classes)
        if self.target is not None or not isinstance(part, tuple) or len(part) != 2 or not hasattr(part[1], "__len__"):
            return self.target
        return choose_target(part[1], self.loss, self.net.output_shape[0])

    def _check_loss(self, training: Samples) -> None:
        """Check a loss of one's own on the first rows, once. Raises ShapeError."""
        if not callable(self.loss) or not self.check_loss:
            return
        x, y, weights = training.plain_batch(0, rows_to_check(len(training), self.net.output_shape[0]))
        scores = scores_to_check(self.net.predict(x, layers=self.layers))
        check_own_loss(self.loss, scores, y, weights)
        self.check_loss = False

    def _settings(self, pipeline: Pipeline | None) -> dict[str, Any]:
        return run_settings(
            self.stepper,
            schedule=self.schedule,
            seed=self.seed,
            class_weight=self.class_weight,
            pipeline=pipeline,
            target=self.target,
            monitor=self.monitor,
        )
