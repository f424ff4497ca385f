"""A set-up in neutral words, from the calls of a forward and what the model was compiled with."""

import math
from collections.abc import Sequence
from typing import Any

from pellucid.doctor.keras.calls import LayerCall
from pellucid.doctor.keras.compiled import base_rate, loss_settings, optimizer_settings, schedule_words
from pellucid.doctor.keras.kinds import info_of
from pellucid.doctor.patient import LayerInfo, OptimizerSettings, Setup

__all__ = ["cost_of", "names_of", "setup_of"]


def names_of(model: Any) -> dict[int, str]:
    """Return a name of its own for each variable of a model, by identity."""
    names: dict[int, str] = {}
    used: dict[str, int] = {}
    for variable in model.variables:
        count = used[variable.path] = used.get(variable.path, 0) + 1
        names[id(variable)] = variable.path if count == 1 else f"{variable.path}:{count}"
    return names


def setup_of(
    model: Any,
    loss: Any,
    calls: Sequence[LayerCall],
    output: Any,
    *,
    labels: bool,
    batch_size: int,
    epochs: int | None,
    steps: int | None,
) -> Setup:
    """Describe a run."""
    names = names_of(model)
    trained = frozenset(names[id(one)] for one in model.trainable_variables)
    layers = tuple(_info(call, names) for call in calls)
    outputs = output.shape[1] if len(output.shape) == 2 else 1 if len(output.shape) == 1 else None
    weights = {name for layer in layers for name in (layer.weight, layer.bias) if name}
    return Setup(
        framework="keras",
        layers=layers,
        optimizer=_optimizer(model, steps),
        loss=loss_settings(loss, outputs=outputs, labels=labels),
        batch_size=batch_size,
        epochs=epochs,
        trained=trained,
        frozen=frozenset(weights - trained),
        outputs=outputs,
        schedule=schedule_words(model.optimizer),
    )


def cost_of(layers: Sequence[LayerInfo], calls: Sequence[LayerCall], sizes: dict[str, int]) -> float:
    """Return the multiply-adds of a forward of one row, roughly. sizes: numbers in each weight, by name."""
    total = 1.0
    for layer, call in zip(layers, calls, strict=True):
        shape = tuple(call.output.shape)
        places = math.prod(shape[1:]) / max(1, shape[-1])
        total += sizes.get(layer.weight or "", 0) * max(1.0, places)
    return total


def _info(call: LayerCall, names: dict[int, str]) -> LayerInfo:
    """Describe a call; the second call of a layer has no weights of its own."""
    if call.layer is None:
        return LayerInfo(call.name, call.kind)
    return info_of(call.layer, call.name, call.kind, names)


def _optimizer(model: Any, steps: int | None) -> OptimizerSettings:
    parameters = sum(math.prod(one.shape) for one in model.trainable_variables)
    penalties = [
        float(getattr(one.regularizer, "l2", 0.0) or 0.0) for one in model.trainable_variables if one.regularizer
    ]
    rate = base_rate(model.optimizer, steps)
    return optimizer_settings(model.optimizer, rate, parameters, 2 * max(penalties, default=0.0))
