"""The patient of a run that begins: made at its first batch, from one forward of a few rows."""

import math
from collections.abc import Mapping
from typing import Any

import keras
import numpy as np

from pellucid.doctor.keras.compiled import first_loss
from pellucid.doctor.keras.describing import cost_of, names_of, setup_of
from pellucid.doctor.keras.patient import KerasPatient, State, WatchedModel
from pellucid.doctor.keras.seen import Seen, SeenBatch, TargetForm
from pellucid.doctor.patient import LossSettings, OptimizerSettings, Setup

__all__ = ["patient_of"]

ROWS = 16
NO_TARGETS = TargetForm(np.zeros(1), "")
NOT_YET = Setup("keras", (), OptimizerSettings("", 0.0), LossSettings("", None), 0)


def patient_of(
    model: Any, data: Any, batch: SeenBatch, seen: Mapping[str, Seen], *, epochs: int | None, steps: int | None
) -> KerasPatient:
    """Return the patient of a run at its first batch. steps: of the whole run, where that is known."""
    x = keras.utils.unpack_x_y_sample_weight(data)[0]
    structure = keras.tree.map_structure(lambda _: 0, x)
    outputs = list(getattr(model, "output_names", None) or [])
    source = WatchedModel(model, None, names_of(model), NO_TARGETS, structure, dict(seen), State.of(model))
    few = batch.at(slice(None, ROWS)).x
    patient = KerasPatient(source, NOT_YET, 1.0, model.trainable_variables)
    calls, made = patient.calls(few)
    made = keras.tree.flatten(made)
    given = first_loss(model.loss, outputs)
    labels = batch.y is not None and batch.y[0].size == 1
    if len(made) > 1:
        source.others = tuple(outputs[1:]) or tuple(f"number {place}" for place in range(2, len(made) + 1))
        source.loss = None if given is None else keras.losses.get(given)
        source.has_loss = given is not None
        source.output = outputs[0] if outputs else ""
    setup = setup_of(model, given, calls, made[0], labels=labels, batch_size=batch.rows, epochs=epochs, steps=steps)
    if batch.y is not None:
        source.form = TargetForm(batch.y, setup.loss.name)
    sizes = {source.names[id(one)]: math.prod(one.shape) for one in model.weights}
    return KerasPatient(source, setup, cost_of(setup.layers, calls, sizes), model.trainable_variables)
