"""The curves of a run: its metrics file as series that grow."""

import json
import math
from collections.abc import Sequence
from typing import Any

import msgspec

from pellucid.view.growing import GrowingRecord
from pellucid.view.series import Series

__all__ = ["RunCurves", "title_of"]

OF_A_STEP = ("loss", "accuracy", "learning_rate", "gradient_norm")
OF_AN_EPOCH = ("train_loss", "val_loss", "train_accuracy", "val_accuracy")
MOST_METRICS = 64
LARGEST_STEP = 2**53
Number = float | None


class _StepPart(msgspec.Struct, tag_field="event", tag="step"):
    step: int
    epoch: int
    loss: Number = None
    accuracy: Number = None
    learning_rate: Number = None
    gradient_norm: Number = None


class _EpochPart(msgspec.Struct, tag_field="event", tag="epoch"):
    step: int
    epoch: int
    train_loss: Number = None
    val_loss: Number = None
    train_accuracy: Number = None
    val_accuracy: Number = None
    best: bool = False
    metrics: dict[str, Number] = {}  # msgspec copies it


_DECODER = msgspec.json.Decoder(_StepPart | _EpochPart)


class RunCurves(GrowingRecord):
    """The curves of a metrics file, by name: "loss" of each step, "val_loss" of each epoch, "val_f1" and other metrics."""

    def _clear(self) -> None:
        self.series: dict[str, Series] = {}
        self.step = self.epoch = 0
        self.best: int | None = None
        self.last: dict[str, float] = {}

    def _add(self, lines: Sequence[bytes]) -> None:
        steps, epochs = [], []
        for line in lines:
            part = _part(line)
            if part is None:
                self.damaged += 1
            elif isinstance(part, _StepPart):
                steps.append(part)
            else:
                epochs.append(part)
        self._add_steps(steps)
        self._add_epochs(epochs)

    def _add_steps(self, parts: Sequence[_StepPart]) -> None:
        if not parts:
            return
        at = [part.step for part in parts]
        for name in OF_A_STEP:
            values = [getattr(part, name) for part in parts]
            if name in self.series or name == "loss" or any(value is not None for value in values):
                self._extend(name, at, values)
        self.step, self.epoch = parts[-1].step, max(1, parts[-1].epoch)

    def _add_epochs(self, parts: Sequence[_EpochPart]) -> None:
        if not parts:
            return
        at = [part.step for part in parts]
        columns = {name: [getattr(part, name) for part in parts] for name in OF_AN_EPOCH}
        metrics = dict.fromkeys(name for part in parts for name in part.metrics)
        columns |= {name: [part.metrics.get(name) for part in parts] for name in list(metrics)[:MOST_METRICS]}
        for name, values in columns.items():
            if any(value is not None for value in values):
                self._extend(name, at, values)
        self.best = next((part.epoch for part in reversed(parts) if part.best), self.best)
        self.step, self.epoch = max(self.step, parts[-1].step), max(self.epoch, parts[-1].epoch)

    def _extend(self, name: str, at: Sequence[int], values: Sequence[Number]) -> None:
        numbers = [math.nan if value is None else value for value in values]
        self.series.setdefault(name, Series()).extend(at, numbers)
        finite = next((value for value in reversed(numbers) if math.isfinite(value)), None)
        if finite is not None:
            self.last[name] = finite


def title_of(name: str) -> str:
    """Return the name of a curve in words: "val_loss" is "loss, validation"."""
    for part, word in (("train_", "training"), ("val_", "validation")):
        if name.startswith(part):
            return f"{name.removeprefix(part).replace('_', ' ')}, {word}"
    return name.replace("_", " ")


def _part(line: bytes) -> Any:
    """Return the step or the epoch of a line; None where it is damaged."""
    try:
        part = _DECODER.decode(line)
    except (msgspec.DecodeError, msgspec.ValidationError, json.JSONDecodeError, UnicodeDecodeError, RecursionError):
        return None
    return part if 0 <= part.step <= LARGEST_STEP else None
