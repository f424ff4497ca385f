"""A `Trainer`'s run as a patient of examinations."""

import copy
import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from pellucid.data import Pipeline
from pellucid.doctor.patient import AS_IT_IS, LayerInfo, LossSettings, OptimizerSettings, Rows, Setup, Variation
from pellucid.layers import Loss, kind_of, loss_name
from pellucid.nets import Network
from pellucid.nets.arguments import Inputs, as_inputs
from pellucid.nets.execute import infer_forward, loss_of, training_outputs
from pellucid.shapes import Array
from pellucid.train.loop import Loop
from pellucid.train.not_finite import NotFiniteError
from pellucid.train.samples import Samples
from pellucid.train.stepper import Stepper

__all__ = ["Beginning", "TrainerPatient", "setup_of"]

UNITS_LAST = ("affine", "affine_last_axis")  # whose weights are (inputs, units)
AT_ONCE, MANY = 256, 10**9  # rows of a forward; in training mode all, whose statistics belong together


class Beginning:
    """The arrays that a run begins with."""

    def __init__(self, stepper: Stepper) -> None:
        self.params, self.state = stepper.net.params.flat.copy(), stepper.net.state.flat.copy()
        self.moments = tuple(array.copy() for array in stepper.moments)
        self.steps_done = stepper.steps_done


class TrainerPatient:
    """What a run's stepper and samples offer. Everything but `step` and `load`, which are for copies, leaves them as they are."""

    def __init__(
        self, stepper: Stepper, training: Samples, held_out: Samples | None, beginning: Beginning, setup: Setup
    ) -> None:
        self.stepper, self.training, self.held_out, self.beginning = stepper, training, held_out, beginning
        self.setup = setup
        self.cost = float(sum(operation.multiply_adds for operation in stepper.net.program.trained))

    def count(self, part: str) -> int | None:
        """Return how many samples a part holds; None for a stream."""
        samples = self._samples(part)
        return None if samples is None else samples.count

    def rows(self, part: str, count: int) -> Rows | None:
        """Return rows of a part, evenly spaced, prepared and never augmented; of a stream, of its first batch."""
        samples = self._samples(part)
        if samples is None or len(samples) == 0:
            return None
        chosen = np.unique(np.linspace(0, len(samples) - 1, min(count, len(samples))).astype(np.int64))
        rows = samples.rows[chosen]
        x = samples.prepared(samples.inputs[rows])
        with np.errstate(over="ignore"):
            arrays = self.stepper.net.checked_inputs("doctor", x)
        return Rows(arrays if len(arrays) > 1 else arrays[0], samples.targets[rows])

    def copy(self, change: Variation = AS_IT_IS) -> "TrainerPatient":
        """Return a copy with a stepper of its own, changed as asked."""
        stepper = copy.deepcopy(self.stepper)
        stepper.average = None
        if change.initial:
            stepper.net.params.flat[...] = self.beginning.params
            stepper.net.state.flat[...] = self.beginning.state
            for array, first in zip(stepper.moments, self.beginning.moments, strict=True):
                array[...] = first
            stepper.steps_done = self.beginning.steps_done
        optimizer = stepper.optimizer
        changes: dict[str, float] = {"learning_rate": optimizer.learning_rate * change.rate}
        if change.no_decay and hasattr(optimizer, "weight_decay"):
            changes["weight_decay"] = 0.0
        if change.no_momentum:
            changes |= {name: 0.0 for name in ("momentum", "beta1") if hasattr(optimizer, name)}
        stepper.optimizer = replace(optimizer, **changes)  # type: ignore[arg-type]
        stepper.reg = 0.0 if change.no_decay else stepper.reg
        if change.all_parameters:
            stepper.net.unfreeze("*")
        if change.no_dropout:
            _without_dropout(stepper)
        stepper.clip_norm = None if change.no_clipping else stepper.clip_norm
        return TrainerPatient(stepper, self.training, self.held_out, self.beginning, self.setup)

    def weights(self) -> Mapping[str, Array]:
        """Return every parameter by name, as copies."""
        return {name: np.array(array) for name, array in self.stepper.net.params.items()}

    def load(self, weights: Mapping[str, Array]) -> None:
        """Put these values in place of the parameters of these names."""
        for name, array in weights.items():
            self.stepper.net.params[name] = array

    def outputs(self, x: Any, *, training: bool = False) -> Array:
        """Return the scores of rows, in training or evaluation mode."""
        parts = [self._last(part, training) for part in _in_parts(x, MANY if training else AT_ONCE)]
        return np.concatenate(parts)

    def activations(self, x: Any, *, training: bool = False) -> Mapping[str, Array]:
        """Return the outputs of each operation, by its name."""
        net, layers = self.stepper.net, self.stepper.layers
        arrays = net.checked_inputs("doctor", x)
        if training:
            outputs = training_outputs(net.program, net.params, arrays, layers=layers, seed=net.seed, step=0)
            return {operation.name: out for operation, out, _ in outputs}
        values, named = dict(enumerate(arrays)), {}
        for operation in net.program.trained:
            params = [net.params[name] for name in operation.params]
            inputs = [values[value] for value in operation.inputs]
            values[operation.output] = infer_forward(operation, inputs, params, net.state, layers)
            named[operation.name] = values[operation.output]
        return named

    def loss(self, x: Any, y: Array, *, training: bool = False) -> float:
        """Return the loss on rows, without regularization; NaN or infinity where it is not finite."""
        stepper = self.stepper
        with np.errstate(all="ignore"):
            scores = self.outputs(x, training=training)
            return loss_of(
                scores,
                y,
                loss=stepper.loss,
                label_smoothing=stepper.label_smoothing,
                weights=None,
                layers=stepper.layers,
            )[0]

    def gradients(self, x: Any, y: Array) -> Mapping[str, Array]:
        """Return the gradient of every trained parameter on a batch."""
        stepper = self.stepper
        with np.errstate(all="ignore"):
            _, gradients = stepper.net.loss(
                x,
                y,
                loss=stepper.loss,
                label_smoothing=stepper.label_smoothing,
                reg=stepper.reg,
                step=stepper.steps_done,
                layers=stepper.layers,
            )
        return {name: np.array(gradients[name]) for name in self.setup.trained}

    def step(self, x: Any, y: Array) -> float:
        """Make one step of this copy; NaN, and no step, where loss or gradient are not finite."""
        try:
            return self.stepper.step(x, y, None, learning_rate=self.stepper.optimizer.learning_rate).loss
        except NotFiniteError:
            return math.nan

    def _last(self, x: Inputs, training: bool) -> Array:
        net, layers = self.stepper.net, self.stepper.layers
        if not training:
            scores = net.predict(x, layers=layers)
            return scores[0] if isinstance(scores, tuple) else scores
        out = as_inputs(x)[0]
        arrays = net.checked_inputs("doctor", x)
        for _, result, _ in training_outputs(net.program, net.params, arrays, layers=layers, seed=net.seed, step=0):
            out = result
        return out

    def _samples(self, part: str) -> Samples | None:
        return self.training if part == "training" else self.held_out


def _without_dropout(stepper: Stepper) -> None:
    """Let the dropouts of a copy keep everything."""
    program = stepper.net.program
    kept = [
        replace(operation, options={**operation.options, "keep": 1.0}) if "keep" in operation.options else operation
        for operation in program.operations
    ]
    stepper.net.program = replace(program, operations=tuple(kept))
    stepper.use_loss(stepper.loss)  # the plan is made again


def setup_of(loop: Loop, *, epochs: int | None) -> Setup:
    """Describe a run in neutral words."""
    stepper, training = loop.stepper, loop.training
    net, optimizer = stepper.net, stepper.optimizer
    settings = vars(optimizer)
    trained = {name for operation in net.program.trained for name in operation.params} - net.frozen
    return Setup(
        framework="pellucid",
        layers=tuple(_layers(net)),
        optimizer=OptimizerSettings(
            name=optimizer.name,
            learning_rate=optimizer.learning_rate,
            momentum=settings.get("momentum", settings.get("beta1", 0.0)),
            weight_decay=settings.get("weight_decay", 0.0),
            decoupled="weight_decay" in settings,
            penalty=stepper.reg,
            clip_norm=stepper.clip_norm,
        ),
        loss=_loss(stepper.loss, stepper.label_smoothing),
        batch_size=stepper.batch_size,
        epochs=epochs,
        trained=frozenset(trained),
        frozen=frozenset(net.frozen & set(net.params)),
        outputs=net.output_shape[0] if len(net.output_shape) == 1 else None,
        schedule=repr(loop.schedule),
        metrics=("accuracy",) * training.labelled + tuple(metric.name for metric in loop.monitor.metrics),
        augmentation=_augmentation(training.pipeline),
    )


def _augmentation(pipeline: object) -> str:
    """Name what a pipeline changes at random, with its settings."""
    if not isinstance(pipeline, Pipeline):
        return ""
    settings = vars(pipeline.augmentation).items()
    return ", ".join(name if value is True else f"{name} {value:g}" for name, value in settings if value)


def _layers(net: Network) -> list[LayerInfo]:
    described = []
    for operation in net.program.trained:
        own = [name for name in operation.params if not operation.is_repeated]
        weight = next((name for name in own if net.program.params[name].decays), None)
        bias = next((name for name in own if name.endswith(".bias")), None)
        axis = -1 if operation.kind in UNITS_LAST else 0
        keep = operation.options.get("keep")
        drops = 1 - float(keep) if keep is not None and "dropout" in operation.kind else None
        described.append(LayerInfo(operation.name, operation.kind, weight, bias, axis, drops))
    return described


def _loss(loss: Loss, label_smoothing: float) -> LossSettings:
    kind = kind_of(loss)
    return LossSettings(loss_name(loss), None if kind is None else kind.takes, "scores", label_smoothing)


def _in_parts(x: Any, size: int) -> list[Any]:
    """Cut rows into parts."""
    if isinstance(x, tuple):
        return [tuple(array[i : i + size] for array in x) for i in range(0, len(x[0]), size)]
    return [x[i : i + size] for i in range(0, len(x), size)]
