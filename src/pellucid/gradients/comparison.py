"""Comparison of one gradient with central differences, entry by entry; failing entries are checked again with smaller steps."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from pellucid.gradients.numerical import entries_by_size
from pellucid.gradients.probe import Probe
from pellucid.gradients.settling import settle
from pellucid.shapes import Array

__all__ = ["GradientReport", "compare"]


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
    wrong_at: tuple[tuple[int, ...], ...] = ()  # the wrong entries
    jumps: tuple[tuple[int, ...], ...] = ()  # those of them where the forward jumps, so that there is no derivative
    signs: tuple[str, ...] = ()  # what the wrong values look like: a constant factor, a block of columns

    def __str__(self) -> str:
        return "\n".join([self._line(), *(f"      {sign}" for sign in self.signs)])

    def _line(self) -> str:
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


def compare(name: str, probe: Probe, gradient: Any, tolerance: float) -> tuple[GradientReport, Array]:
    """Compare the gradient from a backward for one input with central differences; return the report and the differences."""
    slopes = [probe.slopes(index) for index in np.ndindex(probe.x.shape)]
    numerical = np.array([slope.central for slope in slopes]).reshape(probe.x.shape)
    noise = np.array([slope.noise for slope in slopes]).reshape(probe.x.shape)
    reason = _shape_problem(gradient, probe.x)
    if reason:
        report = GradientReport(
            name, probe.x.shape, False, np.inf, 0.0, None, np.nan, np.nan, False, (), probe.x.size, 0.0, 0.0, reason
        )
        return report, numerical
    backward = np.asarray(gradient, dtype=np.float64)
    found = _checked_again(probe, backward, numerical, noise, tolerance)
    error = np.abs(backward - numerical)
    off_kinks = error.copy()
    for index in found.kinks:
        off_kinks[index] = 0
    amid = found.wrong or not found.kinks
    worst = next(entries_by_size(off_kinks), None) if amid else next(entries_by_size(error), None)
    report = GradientReport(
        name=name,
        shape=probe.x.shape,
        ok=not found.wrong,
        largest_difference=float(np.max(off_kinks, initial=0)),
        largest_gradient=found.scale,
        worst_index=worst,
        backward=float(backward[worst]) if worst is not None else np.nan,
        numerical=float(numerical[worst]) if worst is not None else np.nan,
        at_kink=worst in found.kinks,
        kinks=tuple(found.kinks),
        wrong=len(found.wrong),
        rounding=float(np.max(noise, initial=0)),
        largest_backward=float(np.max(np.abs(backward), initial=0)),
        wrong_at=tuple(found.wrong),
        jumps=tuple(found.jumps),
    )
    return report, numerical


class _Found(NamedTuple):
    """What became of the entries that the first differences do not confirm."""

    kinks: list[tuple[int, ...]]
    wrong: list[tuple[int, ...]]  # with those at a jump
    jumps: list[tuple[int, ...]]
    scale: float  # the largest derivative, away from jumps


def _checked_again(probe: Probe, backward: Array, numerical: Array, noise: Array, tolerance: float) -> _Found:
    """Settle the entries that differ; put, in place, the better differences of smaller steps into `numerical`."""
    jumps = list[tuple[int, ...]]()
    while True:
        smooth = np.abs(numerical)
        for index in jumps:
            smooth[index] = 0
        scale = float(np.max(smooth, initial=0))
        kinks, wrong = list[tuple[int, ...]](), list(jumps)
        # Where the exact gradient is 0 everywhere, the backward may still return rounding errors of the upstream gradient.
        rounding = float(np.finfo(np.float64).eps) * float(np.max(np.abs(probe.dout), initial=0))
        allowed = tolerance * scale if scale > 0 else rounding
        error = np.abs(backward - numerical)
        known = len(jumps)
        for index in entries_by_size(error - noise):
            if error[index] <= allowed + noise[index]:
                break
            if index in jumps:
                continue
            settled = settle(probe, index, float(backward[index]), allowed, scale)
            if settled.kind in ("confirmed", "wrong"):
                numerical[index] = settled.numerical
            {"kink": kinks, "wrong": wrong, "jump": jumps, "confirmed": []}[settled.kind].append(index)
        if len(jumps) == known:
            return _Found(kinks, wrong, jumps, scale)


def _shape_problem(gradient: Any, x: Array) -> str:
    if gradient is None:
        return "backward returned None"
    if np.shape(gradient) != x.shape:
        return f"expected shape {x.shape}, the shape of the input, got {np.shape(gradient)}"
    return ""
