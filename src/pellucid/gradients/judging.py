"""Comparing all gradients of one pass with differences, and saying what the wrong ones look like."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from pellucid.gradients.comparison import GradientReport, compare
from pellucid.gradients.precision import Precision, measure_precision, step_for
from pellucid.gradients.probe import Probe
from pellucid.gradients.report import GradcheckReport
from pellucid.gradients.signs import exchanged, signs_of
from pellucid.gradients.ties import tie_sums
from pellucid.shapes import Array

__all__ = ["judge", "random_upstream"]


def random_upstream(out: Any, seed: int) -> Array:
    """Return a random upstream gradient shaped like an output."""
    return np.asarray(np.random.default_rng(seed).standard_normal(np.shape(out)))


def judge(
    forward: Callable[..., Any],
    backward: Callable[[Array], Sequence[Any]],
    inputs: Sequence[Any],
    checked: Sequence[int],
    names: Sequence[str],
    gradients: Sequence[Any],
    out: Any,
    dout: Array,
    *,
    notes: list[str],
    problem: str,
    tolerance: float,
    h: float,
) -> GradcheckReport:
    """Compare each gradient with differences of forward(*inputs) -> out.

    backward: an upstream gradient -> the gradients. problem: why nothing can be compared; then nothing is.
    """
    labels = [f"d{name}" for name in names]
    if problem:
        return GradcheckReport((), (problem, *notes), tolerance, h, problem)
    centre = np.array(out, dtype=np.float64)
    precision = measure_precision(forward, inputs, checked, out)
    step = step_for(precision, h)
    notes = notes + _on_precision(precision, centre)
    probes = [
        Probe(_along(forward, inputs, i), inputs[i], centre, dout, step, precision.floor, precision.is_coarse)
        for i in checked
    ]
    compared = [compare(*given, tolerance) for given in zip(labels, probes, gradients, strict=True)]
    reports, numericals = [report for report, _ in compared], [numerical for _, numerical in compared]
    pairs = exchanged(labels, gradients, numericals) if not all(report.ok for report in reports) else []
    sizes = {"the output": centre, **{name: inputs[i] for name, i in zip(names, checked, strict=True)}}
    sizes = {name: sizes[name] for name in [*names, "the output"]}
    said = {label for pair in pairs for label in pair}
    for number, report in enumerate(reports):
        if not report.ok and report.name not in said:
            signs = signs_of(report, gradients[number], numericals[number], inputs[checked[number]], dout, sizes)
            reports[number] = replace(report, signs=signs)
        elif report.ok and report.kinks:
            reports[number], more = _at_ties(report, probes[number], _only(backward, number))
            notes += more
        if not reports[number].signs and _is_hidden(report, tolerance):
            notes.append(
                f"{report.name}: hidden by rounding in the forward: differences are only accurate to {report.rounding:.0e}"
            )
    if not np.array_equal(centre, np.asarray(forward(*_copies(inputs))), equal_nan=True):
        problem = "the forward's output at the same input changed during the check: it keeps state that moves from call to call"
        notes.append(problem)
    return GradcheckReport(tuple(reports), tuple(dict.fromkeys(notes)), tolerance, step, problem, tuple(pairs))


def _only(backward: Callable[[Array], Sequence[Any]], number: int) -> Callable[[Array], Any]:
    return lambda upstream: backward(upstream)[number]


def _at_ties(
    report: GradientReport, probe: Probe, backward: Callable[[Array], Any]
) -> tuple[GradientReport, list[str]]:
    """Check that the gradients of tied inputs add up; less than the whole is wrong, more is noted."""
    for tie in tie_sums(probe, report.kinks, backward):
        share = tie.total / tie.expected if tie.expected else np.inf
        where = f"where inputs tie (at {tie.value:g}), their gradients add up to {share:.3g} times what came from above"
        if share < 1:
            sign = f"{where}: a tie loses its gradient; give it to one of them, or share it"
            return replace(report, ok=False, wrong=len(report.kinks), signs=(sign,)), []
        return report, [f"{report.name}: {where}: each of them gets it; give it to one of them, or share it"]
    return report, []


def _on_precision(precision: Precision, centre: Array) -> list[str]:
    if not precision.is_coarse or not np.isfinite(centre).all():
        return []
    digits = max(precision.relative ** (2 / 3), precision.relative)
    where = "in float32 somewhere inside" if precision.kind else f"to about {precision.relative:.0e} of its output only"
    return [f"the forward computes {where}, so the gradients are checked to about {digits:.0e} only, not finer"]


def _is_hidden(report: GradientReport, tolerance: float) -> bool:
    """Whether rounding in the forward is larger than the gradient to be measured."""
    return (
        report.rounding > max(tolerance, 1e-3) * report.largest_gradient
        and report.largest_backward > 1e-4 * report.rounding
    )


def _along(forward: Callable[..., Any], inputs: Sequence[Any], position: int) -> Callable[[Array], Any]:
    return lambda moved: forward(*_copies(inputs[:position]), moved, *_copies(inputs[position + 1 :]))


def _copies(values: Sequence[Any]) -> tuple[Any, ...]:
    return tuple(value.copy() if isinstance(value, np.ndarray) else value for value in values)
