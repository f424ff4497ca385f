"""What the logs have in common: numbers of an event by name, settings by name, which steps are written."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

from pellucid.shapes import ShapeError
from pellucid.train.events import EpochDone, Started, StepDone

__all__ = ["MissingLog", "epoch_values", "every_of", "flat", "is_logged", "step_values"]

STEPS_LOGGED = 5_000  # of a run whose length is known; each costs a log some hundred bytes
PARTS = ("train", "val")
EVERY_OF_A_STREAM = 10  # steps, where the length is not known


class MissingLog(ShapeError, ModuleNotFoundError):
    """The tool whose log was asked for is not installed; the message is the command that installs it."""

    def __init__(self, package: str, extra: str) -> None:
        message = f'{package} is not installed; run pip install "pellucid[{extra}]"'
        ModuleNotFoundError.__init__(self, message, name=package)


def every_of(event: Started) -> int:
    """Return how many steps lie between two that are written."""
    if event.steps_per_epoch is None:
        return EVERY_OF_A_STREAM
    return max(1, math.ceil(event.epochs * event.steps_per_epoch / STEPS_LOGGED))


def is_logged(event: StepDone, every: int) -> bool:
    """Whether a step is written: the first one, and each `every`-th."""
    return event.step == 1 or event.step % every == 0


def step_values(event: StepDone) -> dict[str, float]:
    """Return the numbers of a step by name; those that are not numbers are left out."""
    names = ("loss", "accuracy", "learning_rate", "gradient_norm")
    return _known({f"step/{name}": getattr(event, name) for name in names})


def epoch_values(event: EpochDone) -> dict[str, float]:
    """Return the numbers of an epoch by name: "loss/train", "loss/val"."""
    numbers = {f"{name}/{part}": getattr(event, f"{part}_{name}") for name in ("loss", "accuracy") for part in PARTS}
    for name, value in event.metrics.items():
        part, _, metric = name.partition("_")
        numbers[f"{metric}/{part}"] = value
    return _known(numbers | {"epoch": float(event.epoch), "seconds": event.seconds})


def flat(settings: Mapping[str, Any]) -> dict[str, bool | int | float | str]:
    """Return settings as single values: {"optimizer": {"name": "adam"}} becomes {"optimizer.name": "adam"}."""
    return dict(_flat("", settings))


def _flat(prefix: str, settings: Mapping[str, Any]) -> Iterator[tuple[str, bool | int | float | str]]:
    for name, value in settings.items():
        if isinstance(value, Mapping):
            yield from _flat(f"{prefix}{name}.", value)
        elif isinstance(value, (bool, int, float, str)):
            yield prefix + name, value
        elif value is not None:
            yield prefix + name, str(value)


def _known(numbers: Mapping[str, float | None]) -> dict[str, float]:
    return {name: value for name, value in numbers.items() if value is not None and math.isfinite(value)}
