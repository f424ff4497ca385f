"""From what was observed to a chart, and from the chart to findings in PyTorch's words, with lines of the user's code."""

import itertools
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np
import torch

from pellucid.doctor.chart import Chart
from pellucid.doctor.diagnosing import diagnose
from pellucid.doctor.finding import AilmentFinding
from pellucid.doctor.patient import Patient
from pellucid.doctor.torch.describing import facts_of_rows, recognised_loss, setup_of_loop
from pellucid.doctor.torch.observing.copying import copied
from pellucid.doctor.torch.observing.observer import Observer
from pellucid.doctor.torch.patient import TorchPatient
from pellucid.doctor.torch.validation import add_validation

__all__ = ["TorchChart", "chart_of", "findings_of"]

Result = TypeVar("Result")
ROWS = 20_000

# Where in the user's code a cure belongs.
PLACES: Mapping[str, tuple[str, ...]] = {
    "gradients-not-cleared": ("backward",),
    "gradient-clipped-away": ("step",),
    "loss-sign-wrong": ("backward", "loss"),
    "loss-shape-mismatch": ("loss", "backward"),
    "double-softmax": ("activation", "loss"),
    "softmax-wrong-axis": ("activation", "loss"),
    "loss-does-not-fit-output": ("loss",),
    "parameters-not-updated": ("step", "backward"),
    "same-batch": ("backward",),
}


@dataclass
class TorchChart(Chart):
    """A chart whose examinations may fail: what cannot be tried of a loop is not known, and no error of the loop's."""

    def examine(self, examination: Callable[[Patient], Result]) -> Result | None:
        """Return the result of an examination; None where it cannot be made."""
        try:
            return super().examine(examination)
        except (RuntimeError, ValueError, TypeError, IndexError, KeyError, AssertionError) as error:
            self._results[examination] = None
            self.failures.append(f"{examination.__name__} could not be made: {type(error).__name__}: {error}")
            return None

    def __post_init__(self) -> None:
        """Begin without failures."""
        self.failures: list[str] = []


def chart_of(observer: Observer, validation: Any, *, trials: bool) -> tuple[TorchChart, list[str]]:
    """Return the chart of what was observed, and notes on what could not be seen."""
    setup = setup_of_loop(observer)
    chart = TorchChart(
        setup,
        steps=list(observer.sampled),
        batches=observer.batches,
        losses=list(itertools.takewhile(math.isfinite, observer.losses)),
        epochs=list(itertools.takewhile(lambda epoch: math.isfinite(epoch.train_loss), observer.keeper.epochs)),
        jumps=list(observer.changes.jumps),
        memory=list(observer.memory),
        not_finite=observer.not_finite,
        not_finite_in_data=observer.not_finite_in_data,
        validated_in_training_mode=observer.keeper.validated_in_training_mode,
    )
    notes = []
    if not observer.forwards:
        notes.append("the watched model was never called: the loop trains another one, or calls model.forward")
    elif not observer.all_backwards:
        notes.append(
            "backward() was never called, so no weight had a gradient; call loss.backward() before optimizer.step()"
        )
    training = observer.keeper.parts["training"].rows(ROWS)
    if training is None or observer.follower.replay is None:
        notes.append("how the loss comes from rows could not be followed, so nothing was tried on copies")
        return chart, notes
    counts = {
        "training": _whole(observer, len(training.y)),
        "validation": observer.keeper.parts["validation"].count or None,
    }
    try:
        model, optimizer, further = copied(observer.model, observer.optimizers[0], observer.recorder.unregistered)
    except (RuntimeError, TypeError, NotImplementedError, AttributeError) as error:
        notes.append(f"the model could not be copied, so nothing was tried on copies: {error}")
        return chart, notes
    cost = sum(call.multiply_adds for call in observer.layers)
    patient = TorchPatient(
        model,
        optimizer,
        further,
        observer.follower.replay,
        observer.keeper.parts,
        counts,
        observer.beginning,
        setup,
        cost,
    )
    if observer.follower.call is None and (loss := recognised_loss(patient)) is not None:
        chart.setup = patient.setup = setup = replace(setup, loss=loss)
    if validation is not None:
        add_validation(chart, patient, observer.keeper.parts["validation"], validation)
    with np.errstate(all="ignore"):
        chart.data = facts_of_rows(training, observer.keeper.parts["validation"].rows(ROWS), setup, counts["training"])
    chart.patient = patient if trials and len(observer.optimizers) == 1 else None
    return chart, notes


def findings_of(chart: TorchChart, observer: Observer) -> tuple[AilmentFinding, ...]:
    """Return what the ailments see, each cure with the line where it belongs."""
    with np.errstate(all="ignore"), torch.enable_grad():
        found = diagnose(chart)
    follower = observer.follower
    if follower.line is not None:
        observer.lines["loss"] = follower.line
    if follower.call is not None and follower.call.activation_line is not None:
        observer.lines["activation"] = follower.call.activation_line
    return tuple(_with_line(_with_reason(finding, observer), observer) for finding in found)


def _whole(observer: Observer, seen: int) -> int:
    return max(observer.keeper.whole or 0, seen)


def _with_reason(finding: AilmentFinding, observer: Observer) -> AilmentFinding:
    """Say why no step changes anything, where that was seen."""
    most = len(observer.sampled) / 2
    if finding.ailment == "parameters-not-updated" and observer.never_stepped:
        return replace(
            finding,
            cure="Call optimizer.step() after loss.backward(), of the optimizer that holds the model's parameters.",
        )
    if finding.ailment != "parameters-not-updated" or max(observer.cleared_early, observer.stepped_early) <= most:
        return finding
    why = (
        "step() is called before backward()"
        if observer.stepped_early > most
        else "zero_grad() between backward() and step()"
    )
    cure = f"{why} leaves the step without gradients: the order is zero_grad(), backward(), step()."
    return replace(finding, cure=cure)


def _with_line(finding: AilmentFinding, observer: Observer) -> AilmentFinding:
    places = PLACES.get(finding.ailment, ())
    line = next((observer.lines[place] for place in places if place in observer.lines), None)
    return finding if line is None else replace(finding, cure=f"{finding.cure.rstrip('.')} ({line}).")
