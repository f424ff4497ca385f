"""One gradient compared with central differences, entry by entry; entries that fail are looked at again with smaller steps."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from pellucid.gradients.numerical import Slopes, entries_by_size, slopes_at
from pellucid.shapes import Array

__all__ = ["GradientReport", "Probe", "compare"]


@dataclass(frozen=True)
class GradientReport:
    """What was found for one input."""

    name: str  # "dx"
    shape: tuple[int, ...]
    ok: bool
    largest_difference: float  # max |backward - numerical| over the entries not at a kink
    largest_gradient: float  # max |numerical|
    worst_index: tuple[int, ...] | None  # where the difference is largest
    backward: float  # the value there
    numerical: float  # the value there
    at_kink: bool  # whether the worst entry lies at a kink
    kinks: tuple[tuple[int, ...], ...]  # every entry found at a kink
    wrong: int  # number of wrong entries
    rounding: float  # how far rounding of the forward may have moved a difference
    largest_backward: float  # max |backward|
    reason: str = ""  # what is wrong other than a value: a shape, a missing gradient

    def __str__(self) -> str:
        if self.reason:
            return f"  {self.name}  wrong: {self.reason}"
        if self.worst_index is None:
            return f"  {self.name}  {self.shape}  right: nothing to compare"
        verdict = "right" if self.ok else f"wrong in {self.wrong} of {int(np.prod(self.shape))}"
        line = (
            f"  {self.name}  {self.shape}  {verdict}: largest difference {abs(self.backward - self.numerical):.1e} at "
            f"{self.worst_index}: backward {self.backward:.10g}, numerical {self.numerical:.10g}"
        )
        line += ", at a kink" if self.at_kink else ""
        return line + (f"; {len(self.kinks)} at a kink, where either side's slope is accepted" if self.kinks else "")


class Probe(NamedTuple):
    """A forward as a function of one input: what its differences need."""

    f: Callable[[Array], Any]
    x: Array
    centre: Array  # f(x)
    dout: Array  # like f(x): the upstream gradient
    h: float

    def slopes(self, index: tuple[int, ...], shrink: float = 1) -> Slopes:
        """Return the slopes along one entry; shrink multiplies h."""
        return slopes_at(self.f, self.x, index, self.centre, self.dout, self.h * shrink)


def compare(name: str, probe: Probe, gradient: Any, tolerance: float) -> GradientReport:
    """Compare what a backward gave for one input with central differences."""
    reason = _misfit(gradient, probe.x)
    if reason:
        return GradientReport(
            name, probe.x.shape, False, np.inf, 0.0, None, np.nan, np.nan, False, (), probe.x.size, 0.0, 0.0, reason
        )
    backward = np.asarray(gradient, dtype=np.float64)
    slopes = [probe.slopes(index) for index in np.ndindex(probe.x.shape)]
    numerical = np.array([slope.central for slope in slopes]).reshape(probe.x.shape)
    noise = np.array([slope.noise for slope in slopes]).reshape(probe.x.shape)
    scale = float(np.max(np.abs(numerical), initial=0))
    error = np.abs(backward - numerical)
    # A gradient that is 0 throughout may come out of the backward as rounding of the upstream gradient.
    least = float(np.finfo(np.float64).eps) * float(np.max(np.abs(probe.dout), initial=0))
    allowed = tolerance * scale if scale > 0 else least
    kinks, wrong = _looked_at_again(probe, backward, numerical, error, noise, allowed)
    away = error.copy()
    for index in kinks:
        away[index] = 0
    worst = next(entries_by_size(away), None) if wrong or not kinks else next(entries_by_size(error), None)
    return GradientReport(
        name=name,
        shape=probe.x.shape,
        ok=not wrong,
        largest_difference=float(np.max(away, initial=0)),
        largest_gradient=scale,
        worst_index=worst,
        backward=float(backward[worst]) if worst is not None else np.nan,
        numerical=float(numerical[worst]) if worst is not None else np.nan,
        at_kink=worst in kinks,
        kinks=tuple(kinks),
        wrong=len(wrong),
        rounding=float(np.max(noise, initial=0)),
        largest_backward=float(np.max(np.abs(backward), initial=0)),
    )


def _looked_at_again(
    probe: Probe, backward: Array, numerical: Array, error: Array, noise: Array, allowed: float
) -> tuple[list[tuple[int, ...]], list[tuple[int, ...]]]:
    """Return the entries at a kink and the wrong ones; put right, in place, the differences that a smaller step betters."""
    kinks, wrong = list[tuple[int, ...]](), list[tuple[int, ...]]()
    for index in entries_by_size(error - noise):
        if error[index] <= allowed + noise[index]:
            break
        left, right, central = _closer_look(probe, index, backward[index], allowed)
        if central is not None:
            numerical[index], error[index] = central, abs(backward[index] - central)
        elif left <= backward[index] <= right:
            kinks.append(index)
        else:
            wrong.append(index)
    return kinks, wrong


def _closer_look(
    probe: Probe, index: tuple[int, ...], value: float, allowed: float
) -> tuple[float, float, float | None]:
    """Look at one failing entry with smaller steps.

    Return (left, right, central): central is the derivative where a smaller step confirms `value`, else None; left <= right are
    the bounds of the slopes where they stay apart as the step shrinks (a kink), an empty interval where they do not.
    """
    gaps: list[float] = []
    for shrink in (1, 1e-1, 1e-2, 1e-3, 1e-4):
        slope = probe.slopes(index, shrink)
        margin = allowed + slope.noise
        if abs(value - slope.central) <= margin:
            return 0.0, 0.0, slope.central
        gaps.append(abs(slope.right - slope.left))
        if gaps[-1] <= 4 * margin:
            return np.inf, -np.inf, None  # smooth here, and still another slope
    if gaps[-1] > 0.5 * gaps[0]:
        return min(slope.left, slope.right) - margin, max(slope.left, slope.right) + margin, None
    return np.inf, -np.inf, None


def _misfit(gradient: Any, x: Array) -> str:
    if gradient is None:
        return "backward gives None for it"
    if np.shape(gradient) != x.shape:
        return f"its shape is {np.shape(gradient)}, the input's is {x.shape}"
    return ""
