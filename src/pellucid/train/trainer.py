"""Trainer: one readable loop. A batch, its loss and gradients, an update; after each epoch, validation.

`step` is one update. `events` is the loop, as a stream of records; `fit` runs it and returns the history.
"""

import math
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from pellucid.data import Dataset, Pipeline
from pellucid.kernels import NATIVE, NATIVE_RULES, fastest_layers
from pellucid.layers import Layers
from pellucid.nets import LOSSES, Network, StorageError, first_not_finite
from pellucid.nets.checks import check_network, check_table
from pellucid.optim import (
    REFERENCE_RULES,
    Adam,
    Constant,
    Optimizer,
    Schedule,
    UpdateRules,
    clip_by_global_norm,
)
from pellucid.plan import Plan, Update, bound_update
from pellucid.shapes import Array, ShapeError, check_number, check_whole
from pellucid.train.checkpoint import CheckpointFolder, Progress
from pellucid.train.evaluation import Evaluation, evaluate
from pellucid.train.events import Event, Interrupted, NotFinite, StepDone
from pellucid.train.history import History
from pellucid.train.loop import Loop
from pellucid.train.not_finite import NotFiniteError
from pellucid.train.samples import Data, Samples, check_classes, row_weights, training_and_validation
from pellucid.train.saved_state import restore_state, save_state
from pellucid.train.watching import watcher

__all__ = ["Trainer"]


class StepResult(NamedTuple):
    """What one update leaves."""

    loss: float  # before the update, with regularisation
    scores: Array  # (N, C), a view that the next step overwrites
    gradient_norm: float  # before clipping


class Trainer:
    """Trains a network.

    >>> from pellucid.nets import Affine, Network, ReLU
    >>> x = np.random.default_rng(0).standard_normal((64, 4))
    >>> y = (x[:, 0] > 0).astype(int)
    >>> trainer = Trainer(Network([Affine(8), ReLU(), Affine(2)], (4,)), Adam(learning_rate=0.05), batch_size=16)
    >>> trainer.fit((x, y), epochs=20).train_accuracy[-1] > 0.9
    True

    loss is 'softmax', 'svm' or 'mse'; reg is the strength of L2 regularisation; class_weight gives classes a weight in the loss;
    schedule multiplies the learning rate over a run; clip_norm bounds the length of the gradient; seed fixes order and
    augmentation (the network's own seed fixes first weights and dropout).
    """

    def __init__(
        self,
        net: Network,
        optimizer: Optimizer | None = None,
        *,
        batch_size: int = 64,
        layers: Layers | None = None,
        rules: UpdateRules | None = None,
        loss: str = "softmax",
        label_smoothing: float = 0.0,
        reg: float = 0.0,
        class_weight: Mapping[int, float] | Sequence[float] | None = None,
        schedule: Schedule | None = None,
        clip_norm: float | None = None,
        seed: int = 0,
    ) -> None:
        _check_arguments(optimizer, batch_size, loss, reg, clip_norm, seed, schedule)
        self.net = check_network("Trainer", net)
        self.optimizer = Adam() if optimizer is None else optimizer
        self.batch_size = int(batch_size)
        self.layers = check_table("Trainer", fastest_layers() if layers is None else layers)
        if rules is None:
            rules = NATIVE_RULES if self.layers is NATIVE else REFERENCE_RULES
        self.rule = self.optimizer.rule(rules)
        self.loss, self.label_smoothing, self.reg = loss, label_smoothing, reg
        self.class_weight = class_weight
        self.schedule: Schedule = Constant() if schedule is None else schedule
        self.clip_norm = clip_norm
        self.seed = seed
        self.moments = self.rule.init(net.params.flat)  # the rule's state: arrays like the flat buffer
        self.about: dict[str, Any] = {}  # what the best epoch's file should say besides: classes, standardization
        self.steps_done = 0
        self.epochs_done = 0
        # First step and number of steps of the run under way, the schedule's measure; None outside a run: the base rate.
        self.schedule_span: tuple[int, int] | None = None
        self._planned: tuple[frozenset[str], Plan, Update] | None = None

    @property
    def learning_rate(self) -> float:
        """The learning rate of the next step."""
        if self.schedule_span is None:
            return self.optimizer.learning_rate
        start, steps = self.schedule_span
        return self.optimizer.learning_rate * self.schedule((self.steps_done - start) / steps)

    def step(self, images: Array, labels: Array, *, weights: Array | None = None) -> float:
        """Make one update on a batch of 1 to batch_size rows, at the base learning rate; return its loss before the update.

        weights (N,) are the rows' weights; the trainer's class weights multiply them. Raises NotFiniteError, and changes
        nothing, where the loss or a gradient is NaN or infinite.
        """
        if self.class_weight is not None:
            weights = row_weights("Trainer.step", labels, weights, self.class_weight)
        return self.pass_and_update(images, labels, weights).loss

    @property
    def plan(self) -> Plan:
        """The plan that steps run: made on the first use, and again after parameters are frozen or let go."""
        return self._plan_and_update()[0]

    def pass_and_update(self, x: Array, y: Array, weights: Array | None) -> StepResult:
        """Make one update; `step` says what is refused. The scores are overwritten by the next."""
        if not 1 <= len(x) <= self.batch_size:
            raise ShapeError(f"Trainer.step: a batch must hold 1 to {self.batch_size} rows; it holds {len(x)}")
        plan, update = self._plan_and_update()
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # reported by name below
            loss = plan.loss(x, y, weights=weights, step=self.steps_done)
            gradients = plan.grads.flat
            if self.reg:
                stop = self.net.weights_stop
                kept = self.net.params.flat[:stop]
                loss += 0.5 * self.reg * float((kept.astype(np.float64) ** 2).sum())
                plan.regularize(self.reg)
            norm = update.gradient_norm()
        if not math.isfinite(loss) or not math.isfinite(norm):
            raise NotFiniteError(self.steps_done + 1, self._where_not_finite(x, loss), loss)
        if self.clip_norm is not None:
            gradients, _ = clip_by_global_norm(gradients, self.clip_norm)
        update(gradients, self.steps_done + 1, self.learning_rate)
        plan.move_running_statistics()
        self.steps_done += 1
        return StepResult(loss, plan.scores(len(x)), norm)

    def _plan_and_update(self) -> tuple[Plan, Update]:
        """Return the plan and the update bound to its gradients."""
        if self._planned is None or self._planned[0] != self.net.frozen:
            plan = Plan.training(
                self.net,
                self.batch_size,
                layers=self.layers,
                loss=self.loss,
                label_smoothing=self.label_smoothing,
                optimizer=self.optimizer,
            )
            update = bound_update(self.net, self.optimizer, self.rule, plan.grads.flat, self.moments)
            self._planned = self.net.frozen, plan, update
        return self._planned[1], self._planned[2]

    def __getstate__(self) -> dict[str, Any]:
        """Copy and pickle without the plan, which is made again."""
        return self.__dict__ | {"_planned": None}

    def _where_not_finite(self, x: Array, loss: float) -> str:
        if not np.isfinite(x).all():  # a rectifier may keep it from the loss, not from the gradients
            return "the input"
        if math.isfinite(loss):
            # Backward, the last operation comes first: the first bad gradient on that way is where it began.
            names = [name for operation in reversed(self.net.program.operations) for name in operation.params]
            bad = [name for name in names if not np.isfinite(self.plan.grads[name]).all()]
            return f"the gradient of {bad[0]}" if bad else "the gradients' length"
        net = self.net
        x = net.checked_input("loss", x)
        return first_not_finite(net.program, net.params, x, layers=self.layers, seed=net.seed, step=self.steps_done)

    def fit(
        self,
        data: Data,
        epochs: int,
        *,
        on_event: Callable[[Event], None] | None = None,
        **options: Any,
    ) -> History:
        """Train for `epochs` passes over the data and return the history; options are those of `events`.

        Afterwards the network holds the parameters of the best epoch by validation accuracy, where there is a validation set.
        Raises NotFiniteError where the loss stops being finite (after saving, where there is a folder). Each event goes to
        `on_event`; without one, to `watching.watcher()`: live curves in a notebook, nobody elsewhere.
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
                failed = NotFiniteError(event.step, event.where, event.loss)
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

        data: Splits, a Dataset, or arrays (x, y). validation: a Dataset or arrays (Splits bring their own). pipeline: how a
        Dataset's images become inputs (pixels are standardized unless given). patience: end after so many epochs without a better
        one. folder: where checkpoints go: after every epoch, every `checkpoint_every` steps, and every `checkpoint_seconds`;
        resume=True goes on from the newest one there.
        """
        check_whole("Trainer", "epochs", epochs)
        for name, value in (("patience", patience), ("checkpoint_every", checkpoint_every)):
            if value is not None:
                check_whole("Trainer", name, value)
        check_number("Trainer", "checkpoint_seconds", checkpoint_seconds, least=0)
        training, held_out = training_and_validation(data, validation, pipeline, sample_weight, self.class_weight)
        if self.loss != "mse":
            for who, samples in (("data", training), ("validation", held_out)):
                check_classes(who, samples, self.net.output_shape[0], self.class_weight)
        progress = Progress() if progress is None else progress
        progress.first_step, progress.first_epoch = self.steps_done, self.epochs_done
        loop = Loop(self, training, held_out, int(epochs), progress, patience, checkpoint_every, checkpoint_seconds)
        if folder is None:
            if resume:
                raise ShapeError("Trainer: resume=True needs the folder that holds the checkpoints")
            yield from loop.run(None)
            return
        with CheckpointFolder.of(folder).held() as checkpoints:
            progress.samples, progress.epochs = len(training), int(epochs)
            if resume:
                for refused in self.restore(checkpoints, progress):
                    warnings.warn(f"{refused}; going on from the one before it", stacklevel=2)
            elif checkpoints.paths():
                raise StorageError(
                    f"{checkpoints.folder} holds a run already; pass resume=True, or choose another folder"
                )
            yield from loop.run(checkpoints)

    def save(self, checkpoints: CheckpointFolder, progress: Progress) -> Path:
        """Write a checkpoint of the whole state."""
        return save_state(self, checkpoints, progress)

    def restore(self, checkpoints: CheckpointFolder, progress: Progress) -> list[str]:
        """Take over the newest sound checkpoint; return a line for each damaged one that was passed over."""
        return restore_state(self, checkpoints, progress)

    def evaluate(self, samples: Samples, *, most: int | None = None) -> Evaluation:
        """Return loss, accuracy and scores of samples at inference."""
        return evaluate(
            self.net, samples, loss=self.loss, label_smoothing=self.label_smoothing, layers=self.layers, most=most
        )


def _check_arguments(
    optimizer: Optimizer | None,
    batch_size: int,
    loss: str,
    reg: float,
    clip_norm: float | None,
    seed: int,
    schedule: Schedule | None,
) -> None:
    check_whole("Trainer", "batch_size", batch_size)
    check_whole("Trainer", "seed", seed, least=0)
    check_number("Trainer", "reg", reg, least=0)
    if clip_norm is not None:
        check_number("Trainer", "clip_norm", clip_norm, above=0)
    if optimizer is not None and not isinstance(optimizer, Optimizer):
        raise ShapeError(f"Trainer: optimizer must be one of pellucid.optim, such as Adam(); it is {optimizer!r}")
    if loss not in LOSSES:
        raise ShapeError(f"Trainer: loss must be one of {', '.join(LOSSES)}; it is {loss!r}")
    if schedule is not None and not callable(schedule):
        raise ShapeError(f"Trainer: schedule must be one of pellucid.optim, such as OneCycle(); it is {schedule!r}")
