"""The end of a run: facts of its data, what can be tried on copies, and the findings."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import keras
import numpy as np

from pellucid.doctor.chart import Chart
from pellucid.doctor.data_facts import facts_of
from pellucid.doctor.diagnosing import diagnose
from pellucid.doctor.finding import AilmentFinding
from pellucid.doctor.keras.epochs import reported
from pellucid.doctor.keras.facts import class_weights, with_constant_loss
from pellucid.doctor.keras.patient import KerasPatient
from pellucid.doctor.keras.seen import MOST_ROWS

__all__ = ["findings_of"]


def findings_of(
    model: Any, chart: Chart, patient: KerasPatient, logged: Sequence[str]
) -> tuple[tuple[AilmentFinding, ...], tuple[str, ...]]:
    """Return what is wrong with a run that is over, causes first, and what could not be examined, in a line each."""
    left_out: list[str] = []
    source = patient.source
    if source.others:
        named = ", ".join(map(repr, source.others))
        left_out.append(f"outputs other than the first ({named}), and what their losses change")
    training = patient.rows("training", MOST_ROWS)
    if training is None:
        left_out.append("data and loss, since the batches hold no targets")
    else:
        left_out += _read_data(chart, patient)
    chart.patient = None
    if reason := "it has no rows to be tried on" if training is None else _untriable(model, patient):
        left_out.append(f"what copies of the run would show: {reason}")
    else:
        chart.patient = patient
    chart.setup = patient.setup = replace(chart.setup, metrics=reported(logged))
    with np.errstate(all="ignore"):
        return diagnose(chart), tuple(left_out)


def _read_data(chart: Chart, patient: KerasPatient) -> list[str]:
    """Measure the data; return what was left out."""
    source, setup = patient.source, chart.setup
    training, validation = patient.rows("training", MOST_ROWS), patient.rows("validation", MOST_ROWS)
    assert training is not None
    data = facts_of(training, validation, setup.loss, setup.outputs, whole=patient.count("training"))
    source.class_weights, are_all = class_weights(source.seen["training"], source.form)
    chart.data = with_constant_loss(data, training, setup.loss, source.class_weights)
    chart.not_finite_in_data = bool(chart.not_finite) and data.inputs.not_finite is not None
    return [] if are_all else ["the weights of single rows (sample_weight): copies of the run weigh all rows alike"]


def _untriable(model: Any, patient: KerasPatient) -> str:
    """Say why copies of a run cannot be trained; nothing where they can."""
    if type(model).train_step is not keras.Model.train_step:
        return "the model has a train_step of its own"
    if not patient.source.has_loss:
        return "the first output has no loss"
    rows = patient.rows("training", 4)
    assert rows is not None
    try:
        patient.copy().step(*rows)
    except Exception as error:
        reason = next(iter(str(error).strip().splitlines()), "")
        return f"they cannot be trained ({type(error).__name__}: {reason})"
    return ""
