"""What a trainer is made of: its stepper, its settings, and what its data decide; `Trainer` adds what it does."""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from os import PathLike
from typing import Any

from pellucid.data import DataError, Preparation
from pellucid.data.checks import outside
from pellucid.data.targets import Target
from pellucid.habits import KnownKeywords
from pellucid.kernels import NATIVE, NATIVE_RULES, fastest_layers
from pellucid.layers import Layers, Loss
from pellucid.metrics import Metric
from pellucid.nets import Network
from pellucid.optim import (
    REFERENCE_RULES,
    Adam,
    Averaging,
    Constant,
    Optimizer,
    Rule,
    Schedule,
    UpdateRules,
    optimizer_of,
)
from pellucid.plan import Plan
from pellucid.shapes import Array, ShapeError, check_whole
from pellucid.train.checkpoint import Progress
from pellucid.train.meaning import Decided, check_inputs_finite, decide, loss_for, warn_of_columns, warn_of_new_classes
from pellucid.train.model import Model, Origin
from pellucid.train.model.known_rows import KnownRows
from pellucid.train.objective import (
    ClassWeights,
    Monitor,
    check_own_loss,
    checked_target,
    repeated_by_loss,
    rows_to_check,
    scores_to_check,
)
from pellucid.train.parts import Data, Part, parts_of
from pellucid.train.run_settings import run_settings, settings_line
from pellucid.train.samples import Samples
from pellucid.train.stepper import Stepper

__all__ = ["TrainerSettings"]


class TrainerSettings(KnownKeywords):
    """The settings of a trainer, each a property, its state, and what data make of them."""

    def __init__(
        self,
        net: Network,
        optimizer: Optimizer | str | None = None,
        *,
        batch_size: int = 64,
        layers: Layers | None = None,
        rules: UpdateRules | None = None,
        loss: Loss | None = None,
        label_smoothing: float = 0.0,
        reg: float = 0.0,
        class_weight: ClassWeights = None,
        schedule: Schedule | None = None,
        clip_norm: float | None = None,
        seed: int = 0,
        target: Target | None = None,
        metrics: Sequence[str | Metric | Callable[..., Any]] = (),
        monitor: str | None = None,
        check_loss: bool = True,
        average: Averaging | None = None,
        accumulate: int = 1,
    ) -> None:
        check_whole("Trainer", "seed", seed, minimum=0)
        if isinstance(net, Model):
            raise ShapeError(
                "Trainer: net must be a Network; got a Model: write Trainer(model.net, ...), and "
                "fit(..., pipeline=model.preparation) to prepare inputs as before"
            )
        if schedule is not None and not callable(schedule):
            raise ShapeError(f"Trainer: schedule must be one of pellucid.optim, such as OneCycle(); got {schedule!r}")
        layers = fastest_layers() if layers is None else layers
        self.stepper = Stepper(
            net,
            Adam() if optimizer is None else optimizer_of("Trainer", optimizer),
            batch_size=batch_size,
            layers=layers,
            rules=(NATIVE_RULES if layers is NATIVE else REFERENCE_RULES) if rules is None else rules,
            loss="softmax" if loss is None else loss,
            label_smoothing=label_smoothing,
            reg=reg,
            clip_norm=clip_norm,
            average=average,
            accumulate=accumulate,
        )
        # Whether the first fit chooses the loss, by its targets.
        self.loss_is_open = loss is None and not label_smoothing
        self._warn_if_repeated()
        self.class_weight = class_weight
        self.schedule: Schedule = Constant() if schedule is None else schedule
        self.seed = seed
        self.target = checked_target(target)  # what the outputs mean; found by the first fit unless given
        self.monitor = Monitor.of(metrics, monitor)
        self.check_loss = check_loss  # whether a loss of one's own is still to be checked
        self.origin = Origin()  # what else the model should say: the name of the data, the size of a folder's images
        self._progress = Progress()  # of the latest run
        self._model: Model | None = None

    def __repr__(self) -> str:
        """Return network, settings and how far it is, in three lines."""
        net = self.net
        outputs = "" if self.target is None else f"; outputs: {self.target.kind}"
        return "\n".join(
            [
                f"Trainer of a network {net.input_shape} -> {net.output_shape}, {net.params.flat.size:,} parameters{outputs}",
                f"  {settings_line(self.settings())}",
                f"  {self.steps_done:,} steps and {self.epochs_done} epochs done",
            ]
        )

    def _use_loss(self, loss: str) -> None:
        """Take the loss of the task, before the first step."""
        if loss != self.loss:
            self.stepper.use_loss(loss)
            self._warn_if_repeated()

    def _samples(
        self, data: Data, validation: Any, pipeline: Preparation | None, sample_weight: Array | None
    ) -> tuple[Samples, Samples | None]:
        """Return training and validation samples, and keep what they decide: target and model."""
        train, held = parts_of(data, None, validation, seed=self.seed, sample_weight=sample_weight)
        decided = self._decided(train, held, pipeline)
        check_inputs_finite(decided)
        warn_of_columns(train, decided.preparation)
        warn_of_new_classes(decided)
        self.monitor.check(decided.target, validated=held is not None)
        name = str(data) if isinstance(data, (str, PathLike)) else self.origin.data
        origin = Origin.of(train.inputs, white=train.white, data=name, size=self.origin.size)
        origin = replace(origin, targets=train.target_columns, known=KnownRows.of(decided.training.inputs))
        self.target, preparation = decided.target, decided.preparation
        self._model = Model(
            self.net, self.target, preparation, self.loss, self.label_smoothing, origin, layers=self.layers
        )
        return decided.training, decided.held_out

    def _decided(self, train: Part, held: Part | None, pipeline: Preparation | None) -> Decided:
        if self.loss_is_open and self.target is None and self.steps_done == 0:
            self._use_loss(loss_for(train, self.net.output_shape[0]))
        return decide(train, held, pipeline, self.class_weight, self.net, self.loss, self.target)

    def _check_loss(self, training: Samples) -> None:
        """Check a loss of one's own on the first rows, once. Raises ShapeError."""
        if not callable(self.loss) or not self.check_loss:
            return
        x, y, weights = training.plain_batch(0, rows_to_check(len(training), self.net.output_shape[0]))
        scores = scores_to_check(self.net.predict(x, layers=self.layers))
        check_own_loss(self.loss, scores, y, weights)
        self.check_loss = False

    def _warn_if_repeated(self) -> None:
        """Warn where the network ends with what the loss computes itself."""
        if repeated := repeated_by_loss(self.net, self.loss):
            warnings.warn(f"Trainer: {repeated}", stacklevel=outside())

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
        """The name of the loss, or a function of one's own; where none was given, 'softmax' until the first fit chooses it."""
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

    @property
    def model(self) -> Model:
        """What was trained, once there was a `fit`: the network, the preparation of its inputs, the meaning of its outputs."""
        if self._model is None:
            raise DataError("Trainer: call fit first; it decides how inputs are prepared and what the outputs mean")
        return self._model

    def settings(self, pipeline: Preparation | None = None, *, balanced: bool = False) -> dict[str, Any]:
        """Return, as JSON, every setting that decides what a run learns; inputs go through this pipeline."""
        return run_settings(
            self.stepper,
            schedule=self.schedule,
            seed=self.seed,
            class_weight=self.class_weight,
            pipeline=pipeline,
            balanced=balanced,
            target=self.target,
            monitor=self.monitor,
        )
