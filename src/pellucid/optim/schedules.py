"""Learning-rate schedules: the multiplier of the base rate at each step.

A schedule maps the fraction of the run that is done, step / total_steps in [0, 1), to a multiplier, so that one schedule fits
runs of any length and any base rate.
"""

import math
from dataclasses import dataclass, field
from typing import Protocol

from pellucid.shapes import ShapeError, check_number

__all__ = ["SCHEDULES", "Constant", "Cosine", "Exponential", "OneCycle", "Schedule", "StepDecay", "WarmUp"]


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
}
