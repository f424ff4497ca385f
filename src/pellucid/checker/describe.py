"""Say what is known of a wrong function whose mistake no variant matches: which outputs, which cases, how the numbers are off."""

from typing import TYPE_CHECKING, Any

import numpy as np

from pellucid.checker.compare import agreement
from pellucid.checker.evidence import Evidence
from pellucid.checker.verdicts import FunctionReport
from pellucid.shapes import Array

if TYPE_CHECKING:
    from pellucid.checker.explain import Judged

__all__ = ["describe"]


def describe(evidence: Evidence, report: FunctionReport, forward: "Judged | None" = None) -> list[str]:
    """Return sentences, each true of every failing case it speaks of."""
    outputs = list(dict.fromkeys(name for result in evidence.expected for name in result.get("outputs", {})))
    failing = {output for _, output in evidence.failing}
    told = []
    if right := [name for name in outputs if name not in failing]:
        told.append(f"right in every case: {_list(right)}; wrong: {', '.join(sorted(failing))}")
    told += _where(evidence)
    for output in sorted(failing):
        told += _how(evidence, output)
    for sentence in _broken_invariants(evidence):
        told.append(f"does not hold, and must: {sentence}")
    return told + _by_own_gradient(report, forward)


def _by_own_gradient(report: FunctionReport, forward: "Judged | None") -> list[str]:
    """Tell a wrong forward from a wrong backward, as far as both were judged."""
    check = report.own_gradient_check
    if check == "not_applicable" or forward is None:
        return []
    right = not forward.report.is_bad
    if check == "fails":
        return [
            "your forward is right, and this is not its gradient"
            if right
            else "your forward is wrong, and this is not its gradient either: both are to be mended"
        ]
    return [] if right else ["your forward is wrong; this is its gradient, as far as it was differentiated"]


def _list(names: list[str]) -> str:
    return ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")


def _where(evidence: Evidence) -> list[str]:
    bad = {number for number, _ in evidence.failing}
    judged = [n for n, case in enumerate(evidence.cases) if not case.hazard]
    if len(bad) == len(judged):
        return ["wrong in every case"]
    tags = set().union(*(evidence.cases[n].tags for n in bad))
    exact = [tag for tag in sorted(tags) if {n for n in judged if tag in evidence.cases[n].tags} == bad]
    if exact:
        return [f"wrong exactly in the cases with: {', '.join(exact)}"]
    common = set.intersection(*(set(evidence.cases[n].tags) for n in bad))
    names = ", ".join(evidence.cases[n].name for n in sorted(bad))
    return [f"wrong only with {', '.join(sorted(common))}: {names}" if common else f"wrong only in: {names}"]


def _how(evidence: Evidence, output: str) -> list[str]:
    """Describe one output's numbers by what holds in every failing case."""
    pairs = []
    for number, name in evidence.failing:
        got = evidence.got[number]
        if name == output and "error" not in got and "float32" not in evidence.cases[number].tags:
            pairs.append((got["outputs"].get(output), evidence.expected[number]["outputs"][output]))
    arrays = [(np.asarray(a, float), np.asarray(b, float)) for a, b in pairs if _numeric(a) and _numeric(b)]
    if not arrays or len(arrays) < len(pairs):
        kinds = {agreement(a, b, 1e-7).told for a, b in pairs} - {""}
        return [f"{output}: {kind}" for kind in sorted(kinds)[:2]]
    if all(not np.isfinite(a).all() for a, _ in arrays):
        return [f"{output} is not finite"]
    if any(a.shape != b.shape for a, b in arrays):
        a, b = next((a, b) for a, b in arrays if a.shape != b.shape)
        if a.shape == b.shape[::-1] and np.allclose(a.T, b):
            return [f"{output} is transposed"]
        return [f"{output} has shape {a.shape} where {b.shape} is due"]
    return _numbers(output, arrays)


def _numbers(output: str, arrays: list[tuple[Array, Array]]) -> list[str]:
    with np.errstate(all="ignore"):
        ratios = [_ratio(a, b) for a, b in arrays]
    if all(ratio is not None for ratio in ratios):
        low, high = min(r for r in ratios if r is not None), max(r for r in ratios if r is not None)
        if np.isclose(low, high, rtol=1e-5):
            return [
                f"{output} has the wrong sign"
                if np.isclose(low, -1)
                else f"{output} is {low:.6g} times what it should be"
            ]
        return [f"{output} is off by one factor in each case, from {low:.4g} to {high:.4g}"]
    if all(np.allclose(a - b, (a - b).ravel()[0], rtol=1e-6) for a, b in arrays):
        return [f"{output} is off by one constant in each case"]
    for axis in range(max(a.ndim for a, _ in arrays)):
        long = [a - b for a, b in arrays if a.ndim > axis and a.shape[axis] > 1]
        if long and all(_is_constant_along(gap, axis) for gap in long):
            return [
                f"{output} is off by the same amount all along axis {axis}: a term that is summed over it is missing or wrong"
            ]
    share = [float(np.mean(~np.isclose(a, b, rtol=1e-7, atol=1e-12))) for a, b in arrays]
    if max(share) < 0.9:
        return [f"{output}: {min(share):.0%} to {max(share):.0%} of the entries are wrong, the others right"]
    return []


def _is_constant_along(gap: Array, axis: int) -> bool:
    return bool(np.abs(gap - gap.mean(axis=axis, keepdims=True)).max() <= 1e-6 * np.abs(gap).max())


def _ratio(a: Array, b: Array) -> float | None:
    if not b.any() or not np.isfinite(a).all():
        return None
    ratio = float((a * b).sum() / (b * b).sum())
    return ratio if np.abs(a - ratio * b).max() <= 1e-6 * np.abs(a).max(initial=1e-12) else None


def _broken_invariants(evidence: Evidence) -> list[str]:
    broken = []
    for case, got, expected in zip(evidence.cases, evidence.got, evidence.expected, strict=True):
        if "error" in got or "error" in expected:
            continue
        for sentence, holds in case.invariants.items():
            try:
                if holds(case.values, expected["outputs"]) and not holds(case.values, got["outputs"]):
                    broken.append(sentence)
            except (TypeError, ValueError, IndexError, KeyError):
                continue
    return list(dict.fromkeys(broken))


def _numeric(value: Any) -> bool:
    return isinstance(value, (np.ndarray, np.generic, int, float)) and not isinstance(value, bool)
