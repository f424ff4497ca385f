"""A model in the middle of `fit` as a patient: Keras's stateless scopes compute with a copy's values; the model keeps its own."""

import contextlib
import inspect
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from pellucid.doctor.keras.calls import LayerCall, recorded_calls
from pellucid.doctor.keras.compiled import optimizer_of
from pellucid.doctor.keras.engine import as_array, copied, left_as_it_was, value_and_gradients
from pellucid.doctor.keras.seen import Seen, TargetForm
from pellucid.doctor.patient import AS_IT_IS, Rows, Setup, Variation
from pellucid.shapes import Array

__all__ = ["KerasPatient", "State", "WatchedModel", "first_of", "forwarded"]

AT_ONCE = 256  # rows of a forward
LEAVING_OUT = ("no_decay", "no_clipping", "no_momentum")


@dataclass
class State:
    """Values of all variables of a model, and of its optimizer."""

    values: dict[int, Any]  # tensors, by the identity of the variable
    optimizer: list[Any]  # arrays, in the order of `optimizer.variables`

    @classmethod
    def of(cls, model: Any) -> "State":
        """Copy the state of a model."""
        slots = [np.array(as_array(one.value)) for one in model.optimizer.variables]
        return cls({id(one): copied(one.value) for one in model.variables}, slots)


@dataclass
class WatchedModel:
    """What all copies of a patient share, and never change."""

    model: Any
    loss: Any  # of the first output, where there are several; None: as the model computes it
    names: dict[int, str]  # of the variables, by identity
    form: TargetForm
    structure: Any  # of the inputs
    seen: dict[str, Seen]
    beginning: State
    class_weights: dict[int, float] | None = None  # that multiply the loss
    output: str = ""  # the name of the first output, where there are several
    others: tuple[str, ...] = ()  # the names of the outputs that are not examined
    has_loss: bool = True

    @property
    def loss_key(self) -> str:
        """The name under which Keras logs the loss that is examined."""
        return f"{self.output}_loss" if self.output else "loss"


class KerasPatient:
    """What a model's run offers. Everything but `step` and `load`, which are for copies, leaves the model as it is."""

    def __init__(self, source: WatchedModel, setup: Setup, cost: float, learning: Sequence[Any]) -> None:
        self.source, self.setup, self.cost = source, setup, cost
        self._learning = list(learning)  # variables
        self._state: State | None = None  # None: the values that the model has now
        self._optimizer: Any = None
        self._no_decay = self._no_dropout = False

    def count(self, part: str) -> int | None:
        """Return how many samples went by in the first pass over a part."""
        return self.source.seen[part].count or None

    def rows(self, part: str, count: int) -> Rows | None:
        """Return rows of a part, evenly spaced."""
        return self.source.seen[part].rows(count, self.source.form)

    def copy(self, change: Variation = AS_IT_IS) -> "KerasPatient":
        """Return a copy with values and an optimizer of its own, changed as asked."""
        model, learning = self.source.model, self._learning
        if change.all_parameters:
            own = {id(one) for one in learning}
            named = {name for layer in self.setup.layers for name in (layer.weight, layer.bias) if name}
            learning = learning + [
                one for one in model.variables if self.source.names[id(one)] in named and id(one) not in own
            ]
        new = KerasPatient(self.source, self.setup, self.cost, learning)
        state = self.source.beginning if change.initial else self._state or State.of(model)
        with left_as_it_was(model):
            rate = self.setup.optimizer.learning_rate * change.rate
            leave_out = [name for name in LEAVING_OUT if getattr(change, name)]
            new._optimizer = optimizer_of(model.optimizer, learning, rate, leave_out)
            slots = [copied(one.value) for one in new._optimizer.variables]
            if not change.all_parameters and not change.no_momentum:
                slots = _with_values_of(new._optimizer.variables, slots, state.optimizer)
            new._state = State({key: copied(value) for key, value in state.values.items()}, slots)
        new._no_decay, new._no_dropout = change.no_decay, change.no_dropout
        return new

    def weights(self) -> Mapping[str, Array]:
        """Return every parameter by name, as copies."""
        weights = self.source.model.weights
        return {self.source.names[id(one)]: np.array(as_array(self._value(one))) for one in weights}

    def load(self, weights: Mapping[str, Array]) -> None:
        """Put these values in place of the parameters of these names."""
        assert self._state is not None
        for key, name in self.source.names.items():
            if name in weights:
                self._state.values[key] = copied(weights[name])

    def outputs(self, x: Any, *, training: bool = False) -> Array:
        """Return the first output for rows, in training or evaluation mode."""
        arrays = x if isinstance(x, tuple) else (x,)
        size = len(arrays[0]) if training else AT_ONCE
        parts = []
        with self._quiet(), self._scope():
            for start in range(0, len(arrays[0]), size):
                given = self._packed(tuple(one[start : start + size] for one in arrays))
                parts.append(as_array(first_of(forwarded(self.source.model, given, training))))
        return np.concatenate(parts)

    def activations(self, x: Any, *, training: bool = False) -> Mapping[str, Array]:
        """Return the outputs of each layer, by its name, channels in the second place."""
        return {call.name: channels_second(call) for call in self.calls(x, training=training)[0]}

    def calls(self, x: Any, *, training: bool = False) -> tuple[list[LayerCall], Any]:
        """Return the calls of a forward, and what it returned."""
        given = self._packed(x)
        model = self.source.model
        with self._quiet(), self._scope():
            return recorded_calls(model, given, lambda: forwarded(model, given, training))

    def loss(self, x: Any, y: Array, *, training: bool = False) -> float:
        """Return the loss on rows, without regularization."""
        with self._quiet(), self._scope():
            total, penalties = self._losses(x, y, training)
            return float(as_array(total)) - float(as_array(penalties))

    def gradients(self, x: Any, y: Array) -> Mapping[str, Array]:
        """Return the gradient of every trained parameter on a batch; those that have none are left out."""
        found = self._differentiated(x, y)[2]
        pairs = zip(self._learning, found, strict=True)
        return {self.source.names[id(one)]: np.array(as_array(grad)) for one, grad in pairs if grad is not None}

    def step(self, x: Any, y: Array) -> float:
        """Make one step of this copy; NaN, and no step, where the loss is not finite."""
        assert self._state is not None
        loss, rest, found = self._differentiated(x, y)
        if not math.isfinite(value := float(as_array(loss))):
            return math.nan
        values = [self._state.values[id(one)] for one in self._learning]
        with self._quiet():
            grads = [
                keras.ops.zeros_like(old) if grad is None else grad for old, grad in zip(values, found, strict=True)
            ]
            values, slots = self._optimizer.stateless_apply(self._state.optimizer, grads, values)
        self._state.optimizer = list(slots)
        self._state.values |= {id(one): value for one, value in zip(self._learning, values, strict=True)}
        self._state.values |= {id(one): value for one, value in zip(self._others(), rest, strict=True)}
        return value

    def _differentiated(self, x: Any, y: Array) -> tuple[Any, list[Any], list[Any]]:
        others = self._others()

        def of(values: Sequence[Any]) -> tuple[Any, list[Any]]:
            with self._scope(dict(zip(map(id, self._learning), values, strict=True))) as scope:
                total, penalties = self._losses(x, y, True)
                rest = [scope.get_current_value(one) for one in others]
            rest = [one.value if new is None else new for one, new in zip(others, rest, strict=True)]
            return (total - penalties if self._no_decay else total), rest

        with self._quiet():
            return value_and_gradients(of, [self._value(one) for one in self._learning])

    def _losses(self, x: Any, y: Array, training: bool) -> tuple[Any, Any]:
        """Return the loss as the run computes it, and its part that is regularization."""
        model, given = self.source.model, self._packed(x)
        output = forwarded(model, given, training)
        target = keras.ops.convert_to_tensor(self.source.form.give(y))
        weights = self._weights_of(y)
        if self.source.loss is not None:
            value = keras.ops.mean(self.source.loss(target, first_of(output)))
            return value, keras.ops.zeros_like(value)
        options = {"training": training} if "training" in inspect.signature(model.compute_loss).parameters else {}
        total = model.compute_loss(x=given, y=target, y_pred=output, sample_weight=weights, **options)
        own = type(model).compute_loss is not keras.Model.compute_loss or model.loss is None
        penalties = [] if own else [keras.ops.sum(one) for one in model.losses]
        return total, sum(penalties, start=keras.ops.zeros_like(total))

    def _weights_of(self, y: Array) -> Any:
        factors = self.source.class_weights
        if factors is None or y.ndim != 1:
            return None
        return keras.ops.convert_to_tensor(np.array([factors.get(int(one), 1.0) for one in y], np.float32))

    def _packed(self, x: Any) -> Any:
        arrays = x if isinstance(x, tuple) else (x,)
        return keras.tree.pack_sequence_as(self.source.structure, [keras.ops.convert_to_tensor(one) for one in arrays])

    def _value(self, variable: Any) -> Any:
        return variable.value if self._state is None else self._state.values[id(variable)]

    def _others(self) -> list[Any]:
        learning = {id(one) for one in self._learning}
        return [one for one in self.source.model.variables if id(one) not in learning]

    def _scope(self, more: Mapping[int, Any] | None = None) -> Any:
        """Return a scope in which the model computes with this copy's values, and changes none."""
        values = ({} if self._state is None else self._state.values) | dict(more or {})
        return keras.StatelessScope(
            [(one, values[id(one)]) for one in self.source.model.variables if id(one) in values]
        )

    @contextlib.contextmanager
    def _quiet(self) -> Iterator[None]:
        """Compute without a trace in the model; where asked, with dropouts that drop nothing."""
        with left_as_it_was(self.source.model), contextlib.ExitStack() as stack:
            for layer in self.source.model._flatten_layers() if self._no_dropout else ():
                if "Dropout" in type(layer).__name__ and "rate" in layer.__dict__:
                    stack.callback(layer.__dict__.__setitem__, "rate", layer.__dict__["rate"])
                    layer.__dict__["rate"] = 0.0
            yield


def forwarded(model: Any, x: Any, training: bool) -> Any:
    """Return the outputs of a model."""
    takes = getattr(model, "_call_has_training_arg", True)
    return model(x, training=training) if takes else model(x)


def first_of(outputs: Any) -> Any:
    """Return the first output."""
    return keras.tree.flatten(outputs)[0]


def channels_second(call: LayerCall) -> Array:
    """Return a call's output (N, units, ...), whatever the order of the axes in Keras."""
    output = np.array(as_array(call.output))
    first = getattr(call.layer, "data_format", keras.config.image_data_format()) == "channels_first"
    return output if output.ndim < 3 or first else np.moveaxis(output, -1, 1)


def _with_values_of(variables: Sequence[Any], own: list[Any], run: Sequence[Array]) -> list[Any]:
    """Return an optimizer's state with that of the run, but its own learning rate; its own where they do not fit."""
    if len(own) != len(run) or any(tuple(one.shape) != other.shape for one, other in zip(own, run, strict=True)):
        return own
    names = [one.path.rsplit("/", 1)[-1] for one in variables]
    return [
        mine if name == "learning_rate" else copied(theirs) for name, mine, theirs in zip(names, own, run, strict=True)
    ]
