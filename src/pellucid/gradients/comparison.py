"""Comparison of one gradient with central differences, entry by entry; failing entries are checked again with smaller steps."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from pellucid.gradients.numerical import Slopes, entries_by_size, slopes_at
from pellucid.shapes import Array

__all__ = ["GradientReport", "Probe", "compare"]


@dataclass(frozen=True)
class GradientReport:
    """The result for one input."""

    name: str  # "dx"
    shape: tuple[int, ...]
    ok: bool
    largest_difference: float  # max |backward - numerical| over the entries that are not at a kink
    largest_gradient: float  # max |numerical|
    worst_index: tuple[int, ...] | None  # where the difference is largest
    backward: float  # the value there
    numerical: float  # the value there
    at_kink: bool  # whether the worst entry lies at a kink
    kinks: tuple[tuple[int, ...], ...]  # all entries at a kink
    wrong: int  # number of wrong entries
    rounding: float  # how much rounding in the forward may have changed a difference
    largest_backward: float  # max |backward|
    reason: str = ""  # a problem other than a wrong value: a wrong shape, a missing gradient

    def __str__(self) -> str:
        if self.reason:
            return f"  {self.name}  wrong: {self.reason}"
        if self.worst_index is None:
            return f"  {self.name}  {self.shape}  correct: nothing to compare"
        verdict = "correct" if self.ok else f"wrong in {self.wrong} of {int(np.prod(self.shape))} entries"
        line = (
            f"  {self.name}  {self.shape}  {verdict}: largest difference {abs(self.backward - self.numerical):.1e} at "
            f"{self.worst_index}: backward {self.backward:.10g}, numerical {self.numerical:.10g}"
        )
        line += ", at a kink" if self.at_kink else ""
        return line + (
            f"; {len(self.kinks)} at a kink, where any value between the one-sided slopes is accepted"
            if self.kinks
            else ""
        )


class Probe(NamedTuple):
    """A forward as a function of one input, with everything needed to compute differences."""

    f: Callable[[Array], Any]
    x: Array
    centre: Array  # f(x)
    dout: Array  # like f(x): the upstream gradient
    h: float

    def slopes(self, index: tuple[int, ...], shrink: float = 1) -> Slopes:
        """Return the slopes along one entry; shrink multiplies h."""
        return slopes_at(self.f, self.x, index, self.centre, self.dout, self.h * shrink)


def compare(name: str, probe: Probe, gradient: Any, tolerance: float) -> GradientReport:
    """Compare the gradient from a backward for one input with central differences."""
    reason = _shape_problem(gradient, probe.x)
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
    # Where the exact gradient is 0 everywhere, the backward may still return rounding errors of the upstream gradient.
    rounding = float(np.finfo(np.float64).eps) * float(np.max(np.abs(probe.dout), initial=0))
    allowed = tolerance * scale if scale > 0 else rounding
    kinks, wrong = _checked_again(probe, backward, numerical, error, noise, allowed)
    off_kinks = error.copy()
    for index in kinks:
        off_kinks[index] = 0
    worst = next(entries_by_size(off_kinks), None) if wrong or not kinks else next(entries_by_size(error), None)
    return GradientReport(
        name=name,
        shape=probe.x.shape,
        ok=not wrong,
        largest_difference=float(np.max(off_kinks, initial=0)),
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


def _checked_again(
    probe: Probe, backward: Array, numerical: Array, error: Array, noise: Array, allowed: float
) -> tuple[list[tuple[int, ...]], list[tuple[int, ...]]]:
    """Return the entries at a kink and the wrong ones; update, in place, the differences that a smaller step improves."""
    kinks, wrong = list[tuple[int, ...]](), list[tuple[int, ...]]()
    for index in entries_by_size(error - noise):
        if error[index] <= allowed + noise[index]:
            break
        left, right, central = _check_with_smaller_steps(probe, index, backward[index], allowed)
        if central is not None:
            numerical[index], error[index] = central, abs(backward[index] - central)
        elif left <= backward[index] <= right:
            kinks.append(index)
        else:
            wrong.append(index)
    return kinks, wrong


def _check_with_smaller_steps(
    probe: Probe, index: tuple[int, ...], value: float, allowed: float
) -> tuple[float, float, float | None]:
    """Check one failing entry with smaller steps.

    Return (left, right, central). central is the derivative if a smaller step confirms `value`, else None. At a kink, where the
    one-sided slopes stay apart as the step shrinks, left <= right are their bounds; elsewhere the interval is empty.
    """
    gaps: list[float] = []
    for shrink in (1, 1e-1, 1e-2, 1e-3, 1e-4):
        slope = probe.slopes(index, shrink)
        margin = allowed + slope.noise
        if abs(value - slope.central) <= margin:
            return 0.0, 0.0, slope.central
        gaps.append(abs(slope.right - slope.left))
        if gaps[-1] <= 4 * margin:
            return np.inf, -np.inf, None  # smooth here, and the slope still differs
    if gaps[-1] > 0.5 * gaps[0]:
        return min(slope.left, slope.right) - margin, max(slope.left, slope.right) + margin, None
    return np.inf, -np.inf, None


def _shape_problem(gradient: Any, x: Array) -> str:
    if gradient is None:
        return "backward returned None"
    if np.shape(gradient) != x.shape:
        return f"expected shape {x.shape}, the shape of the input, got {np.shape(gradient)}"
    return ""
