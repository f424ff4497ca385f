"""Learning-rate schedules: the multiplier of the base rate at each step.

A schedule maps the fraction of the run that is done, step / total_steps in [0, 1), to a multiplier, so that one schedule fits
runs of any length and any base rate. `ReduceOnPlateau` depends on the epochs as well: on which of them were better than all before.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from pellucid.shapes import ShapeError, check_number, check_whole

__all__ = [
    "SCHEDULES",
    "Constant",
    "Cosine",
    "Exponential",
    "OneCycle",
    "ReduceOnPlateau",
    "Schedule",
    "StepDecay",
    "WarmRestarts",
    "WarmUp",
]


class Schedule(Protocol):
    """(fraction of the run done, in [0, 1)) -> multiplier of the learning rate."""

    def __call__(self, done: float) -> float: ...


@dataclass(frozen=True)
class Constant:
    """Always 1."""

    def __call__(self, done: float) -> float:
        return 1.0


@dataclass(frozen=True)
class StepDecay:
    """Multiplied by `factor` at each of the fractions in `at`."""

    factor: float = 0.1
    at: tuple[float, ...] = (0.5, 0.75)

    def __post_init__(self) -> None:
        _check("StepDecay", "factor", self.factor)
        if not isinstance(self.at, (tuple, list)):
            raise ShapeError(f"StepDecay: at must be fractions of the run, such as (0.5, 0.75); got {self.at!r}")
        for fraction in self.at:
            _check("StepDecay", "at", fraction)

    def __call__(self, done: float) -> float:
        return float(self.factor ** sum(done >= fraction for fraction in self.at))


@dataclass(frozen=True)
class Exponential:
    """From 1 to `final`, by the same factor at every step."""

    final: float = 0.01

    def __post_init__(self) -> None:
        _check("Exponential", "final", self.final)

    def __call__(self, done: float) -> float:
        return float(self.final**done)


@dataclass(frozen=True)
class Cosine:
    """From 1 to `final` along half a cosine (Loshchilov & Hutter 2017, without restarts)."""

    final: float = 0.0

    def __post_init__(self) -> None:
        _check("Cosine", "final", self.final, minimum=0)

    def __call__(self, done: float) -> float:
        return self.final + (1 - self.final) * 0.5 * (1 + math.cos(math.pi * done))


@dataclass(frozen=True)
class WarmRestarts:
    """Cosines from 1 to `final`, one after another, each `growth` times as long as the one before (Loshchilov & Hutter 2017)."""

    cycles: int = 3
    growth: float = 2.0
    final: float = 0.0

    def __post_init__(self) -> None:
        check_whole("WarmRestarts", "cycles", self.cycles)
        check_number("WarmRestarts", "growth", self.growth, above=0)
        _check("WarmRestarts", "final", self.final, minimum=0)

    def __call__(self, done: float) -> float:
        lengths = [self.growth**cycle for cycle in range(self.cycles)]
        left = done * sum(lengths)
        for length in lengths[:-1]:
            if left < length:
                break
            left -= length
        else:
            length = lengths[-1]
        return Cosine(self.final)(min(left / length, 1.0))


@dataclass(frozen=True)
class ReduceOnPlateau:
    """Multiplied by `factor` whenever `patience` epochs in a row were not better than the best before, down to `minimum`.

    Which epochs are better the trainer's `monitor` decides, by the validation set, without which there is no plateau to see.
    """

    factor: float = 0.1
    patience: int = 3
    minimum: float = 1e-4

    def __post_init__(self) -> None:
        check_number("ReduceOnPlateau", "factor", self.factor, above=0, below=1)
        check_whole("ReduceOnPlateau", "patience", self.patience)
        _check("ReduceOnPlateau", "minimum", self.minimum, minimum=0)

    def __call__(self, done: float) -> float:
        return 1.0

    def after(self, better: Sequence[bool]) -> float:
        """Return the multiplier after these epochs: for each, whether it was better than all before."""
        multiplier, waited = 1.0, 0
        for improved in better:
            waited = 0 if improved else waited + 1
            if waited == self.patience:
                multiplier, waited = max(multiplier * self.factor, self.minimum), 0
        return multiplier


@dataclass(frozen=True)
class OneCycle:
    """Up from `start` to 1 along a cosine until `peak`, then down to `final` (Smith & Topin 2018)."""

    peak: float = 0.3  # fraction of the run
    start: float = 0.04
    final: float = 4e-6

    def __post_init__(self) -> None:
        _check("OneCycle", "peak", self.peak)
        _check("OneCycle", "start", self.start)
        _check("OneCycle", "final", self.final, minimum=0)

    def __call__(self, done: float) -> float:
        if done < self.peak:
            return self.start + (1 - self.start) * 0.5 * (1 - math.cos(math.pi * done / self.peak))
        rest = (done - self.peak) / (1 - self.peak) if self.peak < 1 else 1.0
        return self.final + (1 - self.final) * 0.5 * (1 + math.cos(math.pi * rest))


@dataclass(frozen=True)
class WarmUp:
    """Linear warm-up during the first `fraction` of the run, then the schedule `then` for the remaining steps."""

    fraction: float = 0.05
    then: Schedule = field(default_factory=Constant)

    def __post_init__(self) -> None:
        _check("WarmUp", "fraction", self.fraction)
        if isinstance(self.then, type) or not callable(self.then):
            raise ShapeError(f"WarmUp: then must be a schedule, such as Cosine(); got {self.then!r}")

    def __call__(self, done: float) -> float:
        if done < self.fraction:
            return done / self.fraction + 1e-3 * (1 - done / self.fraction)  # never 0, which would waste the first step
        return self.then((done - self.fraction) / (1 - self.fraction) if self.fraction < 1 else 0.0)


def _check(who: str, name: str, value: float, *, minimum: float | None = None) -> None:
    if minimum is None:
        check_number(who, name, value, above=0, maximum=1)
    else:
        check_number(who, name, value, minimum=minimum, maximum=1)


SCHEDULES: dict[str, Schedule] = {
    "constant": Constant(),
    "step": StepDecay(),
    "exponential": Exponential(),
    "cosine": Cosine(),
    "one-cycle": OneCycle(),
    "warm-up": WarmUp(),
    "warm-up-cosine": WarmUp(then=Cosine()),
    "warm-restarts": WarmRestarts(),
    "plateau": ReduceOnPlateau(),
}
