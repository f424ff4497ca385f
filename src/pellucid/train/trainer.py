"""Trainer: the interface for users. A stepper makes the updates, a loop runs over batches and epochs.

`step` is one update. `events` is the loop, as a stream of records; `fit` runs it and returns the history.
"""

import inspect
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pellucid.data import Pipeline, Preparation
from pellucid.examining import examiner
from pellucid.habits import attribute_error, check_keywords, known_keywords
from pellucid.layers import kind_of
from pellucid.optim import ReduceOnPlateau
from pellucid.shapes import Array, ShapeError
from pellucid.train.checkpoint import CheckpointFolder, Progress
from pellucid.train.evaluation import Evaluation
from pellucid.train.events import Event, Interrupted, NotFinite, Started, StepDone
from pellucid.train.history import History
from pellucid.train.learning_rate import LearningRateTest, range_test, warn_if_worse
from pellucid.train.loop import Loop
from pellucid.train.meaning import (
    check_inputs_finite,
    warn_of_left_out,
)
from pellucid.train.model import Model
from pellucid.train.not_finite import NotFiniteError
from pellucid.train.objective import by_number, row_weights
from pellucid.train.parts import Data, labelled_part, parts_of
from pellucid.train.readers.watching import reader_of, show_findings
from pellucid.train.samples import Samples
from pellucid.train.saved_state import check_holds_no_run, restore_state, resume_from, save_state
from pellucid.train.saving import Saving
from pellucid.train.trainer_settings import TrainerSettings
from pellucid.train.whole_call import (
    ANSWER_HABITS,
    ATTRIBUTES,
    HABITS,
    RATE_HABITS,
    TRAINER_HABITS,
    check_run,
    whole_call,
)

__all__ = ["Trainer"]


class Trainer(TrainerSettings):
    """Trains a network.

    >>> import numpy as np
    >>> from pellucid.nets import Affine, Network, ReLU
    >>> from pellucid.optim import Adam
    >>> x = np.random.default_rng(0).standard_normal((64, 4))
    >>> y = (x[:, 0] > 0).astype(int)
    >>> trainer = Trainer(Network([Affine(8), ReLU(), Affine(2)], (4,)), Adam(learning_rate=0.05), batch_size=16)
    >>> trainer.fit((x, y), epochs=20).train_accuracy[-1] > 0.9
    True

    loss is a name in `layers.LOSSES` ('softmax', 'bce', 'mse', ...) or a function (scores, targets) -> (loss, dscores), checked
    once against differences when training starts (check_loss=False: not); unless given, 'softmax' for classes, 'mse' for numbers,
    'bce' for yes or no with one score and for names in each row. target says what the outputs mean (`data.targets`);
    without one, loss and data decide: numbers are standardized for the library's losses and stay as they are for a function of
    yours; classes are one-hot rows for losses of numbers, such as 'mse'. metrics are names in `metrics.METRICS`
    or functions (predictions, targets); monitor ('val_f1', 'val_loss') decides the best epoch and early stopping: unless given,
    the validation accuracy, for numbers the validation loss. reg is the strength of L2 regularization; class_weight gives classes
    a weight in the loss; schedule multiplies the learning rate over a run; clip_norm limits the norm of the gradient; seed
    determines order and augmentation (the network's own seed determines initial weights and dropout). average, `EMA()` or `SWA()`
    of `pellucid.optim`, is what is validated, saved and left in the network; accumulate computes a step's gradient in that many
    parts of the batch, one after another, which needs less memory (batch norms then see each part for itself).

    A trainer serves one thread, and one run at a time: InUseError is raised by a step, run or evaluation in a second thread while
    the first trains, and by a step or run while another run is under way, also from `on_event`.
    """

    _habits = TRAINER_HABITS

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            raise attribute_error("Trainer", name, dir(type(self)), ATTRIBUTES)

    def step(self, images: Array, labels: Array, *, weights: Array | None = None) -> float:
        """Make one update on a batch of 1 to batch_size rows, at the base learning rate; return its loss before the update.

        weights (N,) are the rows' weights; the trainer's class weights multiply them. Raises NotFiniteError, and changes
        nothing, where the loss or a gradient is NaN or infinite.
        """
        if self.class_weight is not None:
            target = None if self._model is None else self._model.target
            weights = row_weights("Trainer.step", labels, weights, by_number(self.class_weight, target, labels))
        stepper = self.stepper
        return stepper.step(images, labels, weights, learning_rate=stepper.optimizer.learning_rate).loss

    def fit(
        self,
        data: Data,
        targets: Any = None,
        epochs: int | None = None,
        *,
        on_event: Callable[[Event], None] | Sequence[Callable[[Event], None]] | None = None,
        progress: bool = True,
        doctor: bool = True,
        **options: Any,
    ) -> History:
        """Train for `epochs` passes over the data and return the history; further options are those of `events`.

        `fit(data, 5)` and `fit(x, y, 5)` are the same as with `epochs=5`. Afterwards the network holds the parameters of the best
        epoch, if there is a validation set, and `model` answers questions in the form of the data.
        Raises NotFiniteError where the loss stops being finite (after saving, if there is a folder). Each event goes to `on_event`,
        a function or a list of them; without one, progress is shown: a bar on a terminal, a line for each epoch where stderr is
        piped, live curves in a notebook; progress=False shows nothing.

        At the end the doctor says, below the progress, what is wrong with the run, if anything; `history.findings` holds it as
        records, and `history.doctor.treat()` tries cures on copies. It changes nothing of the run; doctor=False leaves it out.

        After Ctrl-C, fit returns the history so far, whose `interrupted` is True.
        """
        known = [
            name for name in inspect.signature(self.events).parameters if name not in ("data", "epochs", "progress")
        ]
        check_keywords("Trainer.fit", options, ["epochs", "on_event", "progress", "doctor", *known], HABITS)
        data, epochs = whole_call(data, targets, epochs)
        watch, examined = reader_of(on_event, progress=progress), examiner(doctor)
        losses: list[float] = []
        rates: list[float] = []
        state = Progress()
        interrupted, failed = False, None
        for event in self.events(data, epochs, progress=state, **options):
            if isinstance(event, Started):
                warn_of_left_out(self.model.preparation)
            if isinstance(event, StepDone):
                losses.append(event.loss)
                rates.append(event.learning_rate)
            interrupted |= isinstance(event, Interrupted)
            if isinstance(event, NotFinite):
                failed = NotFiniteError(event.step, event.where, event.loss, in_data=event.in_data)
            watch(event)
            examined(event)
        if progress and on_event is None:
            show_findings(examined.findings)
        if failed is not None:
            raise failed
        found = examined.findings
        epochs_done, by = tuple(state.history), examined.examiner if found else None
        return History(epochs_done, tuple(losses), state.best_epoch, interrupted, tuple(rates), found, by)

    def events(
        self,
        data: Data,
        epochs: int,
        *,
        validation: Data | float | None = None,
        pipeline: Preparation | None = None,
        sample_weight: Array | None = None,
        balanced: bool = False,
        patience: int | None = None,
        folder: str | PathLike[str] | CheckpointFolder | None = None,
        resume: bool = False,
        checkpoint_every: int | None = None,
        checkpoint_seconds: float = 60.0,
        progress: Progress | None = None,
    ) -> Iterator[Event]:
        """Train, and yield what happens.

        data: Splits, a Dataset, (x, y) as arrays or lists, or the name or path of a data set. validation: the same, (x, y, weights)
        whose weights count in everything that is measured, or the share of the data to hold out, such as 0.1, with its share of
        sample_weight (Splits bring their own part). pipeline: how samples become inputs, for a table a
        `TablePreparation` (pixels, uint8, are standardized unless given). balanced: draw every class equally often in an epoch.
        patience: end after this many epochs without a better one. folder: where checkpoints go: after every epoch, every
        `checkpoint_every` steps, and every `checkpoint_seconds`; resume=True continues from the newest one there, and refuses where
        the run had other settings.
        """
        check_run(epochs, patience, folder, resume, checkpoint_every, checkpoint_seconds)
        progress = Progress() if progress is None else progress
        with self.stepper.held_by(progress):
            training, held_out = self._samples(data, validation, pipeline, sample_weight)
            if patience is not None and held_out is None:
                raise ShapeError(
                    f"Trainer: patience={patience} needs validation data: fit(..., validation=0.1) or validation=(x, y)"
                )
            training.check_run(epochs=int(epochs), resume=resume)
            training = training.balanced_by_class() if balanced else training
            progress.samples, progress.epochs = training.count or 0, int(epochs)
            progress.patience = patience
            loop = self._begun(training, held_out, progress, checkpoint_every, checkpoint_seconds)
            if folder is None:
                yield from loop.run()
                self._check_end(progress)
                return
            with CheckpointFolder.of(folder).held() as checkpoints:
                loop.saving.checkpoints = checkpoints
                if resume:
                    resume_from(self.stepper, checkpoints, progress, loop.saving.settings())
                else:
                    check_holds_no_run(checkpoints)
                yield from loop.run()
            self._check_end(progress)

    def _begun(
        self,
        training: Samples,
        held_out: Samples | None,
        progress: Progress,
        checkpoint_every: int | None,
        checkpoint_seconds: float,
    ) -> Loop:
        """Return the loop of a run that begins now. Raises ShapeError where loss or schedule do not suit it."""
        if isinstance(self.schedule, ReduceOnPlateau) and held_out is None:
            raise ShapeError(
                "Trainer: ReduceOnPlateau needs validation data, by which it sees a plateau; pass validation="
            )
        self._check_loss(training)
        progress.first_step, progress.first_epoch = self.steps_done, self.epochs_done
        self._progress = progress
        settings = partial(self.settings, self.model.preparation, balanced=training.balanced)
        saving = Saving(self.stepper, progress, settings, self.model.about(), checkpoint_every, checkpoint_seconds)
        if self.stepper.average is not None:
            self.stepper.average.restart()
        monitor = self.monitor if self.target is None else self.monitor.in_units(self.target)
        return Loop(self.stepper, self.schedule, self.seed, training, held_out, progress, saving, monitor)

    def _check_end(self, progress: Progress) -> None:
        """Warn where a run that has ended is worse than a constant prediction."""
        ended = progress.epoch == progress.epochs or progress.out_of_patience
        if ended and progress.history and not self.reg and self.class_weight is None:
            warn_if_worse(kind_of(self.loss), self.target, [epoch.train_loss for epoch in progress.history])

    @known_keywords("Trainer.find_learning_rate", RATE_HABITS)
    def find_learning_rate(
        self,
        data: Data,
        targets: Any = None,
        *,
        pipeline: Pipeline | None = None,
        balanced: bool = False,
        start: float = 1e-6,
        stop: float = 10.0,
        steps: int = 100,
    ) -> LearningRateTest:
        """Return the loss at rising learning rates, and the base rate that they suggest: `.suggestion`, `.reason`, `.plot()`.

        data, pipeline and balanced are what `fit` takes. Everything is left as it was: parameters, running statistics, moments, the
        count of steps.
        """
        train, _ = parts_of(data if targets is None else (data, targets), None, None, seed=self.seed)
        decided = self._decided(train, None, pipeline)
        check_inputs_finite(decided)
        training = decided.training.balanced_by_class() if balanced else decided.training
        return range_test(self.stepper, training, seed=self.seed, start=start, stop=stop, steps=steps)

    def save(
        self, checkpoints: CheckpointFolder, progress: Progress | None = None, *, pipeline: Pipeline | None = None
    ) -> Path:
        """Write a checkpoint of the whole state of a run whose samples go through this pipeline."""
        if progress is None or not isinstance(checkpoints, CheckpointFolder):
            raise TypeError(
                "Trainer.save writes a checkpoint, save(folder, progress); what was trained is saved by "
                "trainer.model.save(path)"
            )
        with self.stepper.unchanged("Trainer.save"):
            return save_state(self.stepper, checkpoints, progress, self.settings(pipeline))

    def restore(
        self, checkpoints: CheckpointFolder, progress: Progress, *, pipeline: Pipeline | None = None
    ) -> list[str]:
        """Restore the newest sound checkpoint; return a line for each damaged one that was skipped."""
        with self.stepper.held_by(progress):
            damaged = restore_state(self.stepper, checkpoints, progress, self.settings(pipeline))
            self._progress = progress
            return damaged

    @known_keywords("Trainer.evaluate", ANSWER_HABITS)
    def evaluate(
        self, data: Data, targets: Any = None, *, metrics: Any = (), sample_weight: Array | None = None
    ) -> Evaluation:
        """Return loss, accuracy, scores and metrics, the trainer's unless given, on labelled data of the kind that `fit` took.

        See `Model.evaluate`. Before `fit`, only data that need no preparation can be judged. It may be called at any time between
        two steps, so also in `on_event`.
        """
        asked = metrics or self.monitor.metrics
        with self.stepper.unchanged("Trainer.evaluate"):
            if self._model is not None:
                return self._model.evaluate(data, targets, metrics=asked, sample_weight=sample_weight)
            decided = self._decided(labelled_part("evaluate", data, targets), None, None)
            if decided.preparation is not None:
                return self.model.evaluate(data, targets)  # refused: the preparation is that of the training data
            model = Model(self.net, decided.target, None, self.loss, self.label_smoothing, layers=self.layers)
            return model.evaluate(data, targets, metrics=asked, sample_weight=sample_weight)

    @known_keywords("Trainer.predict", ANSWER_HABITS)
    def predict(self, inputs: Any) -> Array:
        """Return the label, or the values, of each sample; inputs are raw, as for `fit`. See `Model.predict`."""
        with self.stepper.unchanged("Trainer.predict"):
            return self.model.predict(inputs)

    @known_keywords("Trainer.predict_proba", ANSWER_HABITS)
    def predict_proba(self, inputs: Any) -> Array:
        """Return the probability of each class (N, C); inputs are raw, as for `fit`. See `Model.predict_proba`."""
        with self.stepper.unchanged("Trainer.predict_proba"):
            return self.model.predict_proba(inputs)
