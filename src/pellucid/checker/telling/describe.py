"""Describe failures that no known mistake explains: which outputs, which cases, and how the numbers are wrong."""

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np

from pellucid.checker.asking.pack import PackFunction
from pellucid.checker.judging.compare import agreement, fitted_outputs
from pellucid.checker.judging.evidence import Evidence, answer_in
from pellucid.checker.judging.verdicts import FunctionReport, Judged
from pellucid.shapes import Array

__all__ = ["describe", "is_own_gradient"]

# Tags of cases in words that complete "wrong only for ..."; other tags are used as they are.
TAG_WORDS = {
    "1 x 1": "filters of 1 x 1",
    "batch of 1": "a batch of 1",
    "constant feature": "a feature or row without spread",
    "exact zeros": "inputs of exactly 0",
    "far from 0": "values far from 0",
    "filter not square": "filters that are not square",
    "float32": "float32 inputs",
    "gaps": "windows with gaps between them",
    "huge variance": "a large variance",
    "initial": "first parameters",
    "large": "large inputs",
    "large eps": "a large eps",
    "measure": "large inputs",
    "momentum": "a momentum other than 0.9",
    "negative": "negative inputs",
    "not contiguous": "arrays that are not contiguous",
    "not square": "inputs that are not square",
    "overlap": "overlapping windows",
    "pad 0": "a padding of 0",
    "pad 1": "a padding of 1",
    "pad 2": "a padding of 2",
    "reg": "a regularization above 0",
    "rest": "windows that leave a remainder at the border",
    "running": "running statistics that are given",
    "scale": "very large or very small inputs",
    "square": "as many rows as columns",
    "stride 1": "a stride of 1",
    "stride > 1": "a stride above 1",
    "ties": "windows with equal maxima",
    "tiny variance": "a tiny variance",
    "two calls": "two calls in a row",
    "two steps": "two steps in a row",
    "wide": "inputs above 6 or below -6",
    "window not square": "windows that are not square",
}
MOST_NAMED = 3  # cases in one sentence


def describe(evidence: Evidence, report: FunctionReport, forward: Judged | None = None) -> list[str]:
    """Return sentences, each true of every failing case it speaks of."""
    outputs = _outputs(evidence)
    failing = {output for _, output in evidence.failing if output in outputs}
    sentences = []
    if correct := [name for name in outputs if name not in failing]:
        sentences.append(f"correct in every case: {_list(correct)}; wrong: {', '.join(sorted(failing))}")
    sentences.append(_where(evidence))
    for output in sorted(failing):
        sentences += _numbers(evidence, output)
        sentences += _by_input(evidence, output)
    sentences += [f"must hold but does not: {invariant}" for invariant in _broken_invariants(evidence)]
    return sentences + _not_its_gradient(report, forward)


def _outputs(evidence: Evidence) -> list[str]:
    """Return the outputs of the function; what a related case returns for changed values has names of its own."""
    pairs = zip(evidence.cases, evidence.expected, strict=True)
    names = [name for case, result in pairs if "related" not in case.tags for name in result.get("outputs", {})]
    return list(dict.fromkeys(names))


def is_own_gradient(agrees: bool, function: PackFunction, forward: Judged | None) -> list[str]:
    """Say of a wrong backward that it is the gradient of the learner's own forward. agrees: in the cases that fail, too."""
    if function.role != "backward" or not agrees:
        return []
    if forward is not None and forward.report.is_bad:
        return ["your forward is wrong, and this is its gradient as far as it was differentiated"]
    return [
        "this is the gradient of your own forward: a gradient check cannot see the mistake, or the forward is wrong"
    ]


def _not_its_gradient(report: FunctionReport, forward: Judged | None) -> list[str]:
    """Tell a wrong forward from a wrong backward, if both were judged."""
    if report.own_gradient_check != "fails" or forward is None:
        return []
    if forward.report.is_bad:
        return ["your forward is wrong, and this is not its gradient either: fix both"]
    return ["your forward is correct, and this is not its gradient"]


def _list(names: Sequence[str]) -> str:
    return ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")


def _where(evidence: Evidence) -> str:
    """Say in which cases it is wrong, by what they have in common; a few names stand for many."""
    failing = set(evidence.failing_cases())
    pairs = enumerate(zip(evidence.cases, evidence.received, strict=True))
    judged = {n for n, (case, got) in pairs if not case.hazard and not (case.refusal and "error" in got)}
    if failing >= judged:
        return "wrong in every case"
    tagged: dict[str, set[int]] = {}
    for n in sorted(judged):
        for tag in evidence.cases[n].tags:
            tagged.setdefault(tag, set()).add(n)
    passing = judged - failing
    if exact := [tag for tag in sorted(tagged) if tagged[tag] == failing]:
        return f"wrong only for {_tags(exact)}"
    if exact := [tag for tag in sorted(tagged) if tagged[tag] == passing]:
        return f"correct only for {_tags(exact)}"
    inside = [tag for tag in sorted(tagged) if tagged[tag] <= failing]
    for one, two in itertools.combinations(inside, 2):
        if tagged[one] | tagged[two] == failing:
            return f"wrong only for {_tags([one])} or {_tags([two])}"
    names = _cases(evidence, failing)
    if common := [tag for tag in sorted(tagged) if tagged[tag] >= failing]:
        return f"wrong only for {_tags(common)}, in {len(failing)} of {len(tagged[common[0]])} cases: {names}"
    if len(failing) == 1:
        return f"wrong only in one case: {names}"
    where = f"wrong in {len(failing)} of {len(judged)} cases: {names}"
    return where if len(passing) > MOST_NAMED else f"{where}; correct in: {_cases(evidence, passing)}"


def _cases(evidence: Evidence, numbers: set[int]) -> str:
    """Return the names of cases, the first few of many."""
    names = [evidence.cases[n].name for n in sorted(numbers)]
    return ", ".join(f'"{name}"' if "," in name else name for name in names[:MOST_NAMED]) + (
        " and others" if len(names) > MOST_NAMED else ""
    )


def _tags(tags: Sequence[str]) -> str:
    return " and ".join(dict.fromkeys(TAG_WORDS.get(tag, tag) for tag in tags))


def _numbers(evidence: Evidence, output: str) -> list[str]:
    """Describe one output's numbers by what holds in every failing case."""
    pairs = []
    for number, name in evidence.failing:
        received = evidence.received[number]
        if name == output and "error" not in received and "float32" not in evidence.cases[number].tags:
            pairs.append((answer_in(received, output), evidence.expected[number]["outputs"][output]))
    received_arrays = [(np.asarray(a), np.asarray(b)) for a, b in pairs if _numeric(a) and _numeric(b)]
    if not received_arrays or len(received_arrays) < len(pairs):
        problems = {agreement(a, b, 1e-7).problem for a, b in pairs} - {""}
        return [f"{output}: {problem}" for problem in sorted(problems)[:2]]
    if all(not np.isfinite(a).all() for a, _ in received_arrays):
        return [f"{output} is not finite"]
    for a, b in received_arrays:
        if a.shape != b.shape:
            is_transposed = a.shape == b.shape[::-1] and np.allclose(a.T, b)
            return [
                f"{output} is transposed" if is_transposed else f"{output}: expected shape {b.shape}, got {a.shape}"
            ]
    arrays = [(np.asarray(a, float), np.asarray(b, float)) for a, b in received_arrays]
    return _differences(output, arrays)


def _differences(output: str, arrays: Sequence[tuple[Array, Array]]) -> list[str]:
    """Describe how arrays of the expected shape differ: by a factor, a constant, along an axis, in some entries."""
    with np.errstate(all="ignore"):
        ratios = [ratio for ratio in (_ratio(a, b) for a, b in arrays) if ratio is not None]
    if len(ratios) == len(arrays):
        return [_factor(output, min(ratios), max(ratios))]
    if all(np.allclose(a - b, (a - b).ravel()[0], rtol=1e-6) for a, b in arrays):
        return [f"{output} is off by a constant in each case"]
    for axis in range(max(a.ndim for a, _ in arrays)):
        gaps = [a - b for a, b in arrays if a.ndim > axis and a.shape[axis] > 1]
        if gaps and all(_is_constant_along(gap, axis) for gap in gaps):
            reason = "a term that is summed over it is missing or wrong"
            return [f"{output} is off by the same amount along axis {axis}: {reason}"]
    shares = [float(np.mean(~np.isclose(a, b, rtol=1e-7, atol=1e-12))) for a, b in arrays]
    if max(shares) >= 0.9:
        return []
    low, high = f"{min(shares):.0%}", f"{max(shares):.0%}"
    return [f"{output}: {low if low == high else f'{low} to {high}'} of the entries are wrong, the others are correct"]


def _factor(output: str, low: float, high: float) -> str:
    if not np.isclose(low, high, rtol=1e-5):
        return f"{output} is off by a constant factor in each case, from {low:.4g} to {high:.4g}"
    return f"{output} has the wrong sign" if np.isclose(low, -1) else f"{output} is {low:.6g} times what it should be"


def _by_input(evidence: Evidence, output: str) -> list[str]:
    """Say from which size of an input on an output shaped like it is wrong, if a number divides wrong from correct entries."""
    name = output.removeprefix("d") if output.startswith("d") else "x"
    pairs = []
    for case, received, expected in zip(evidence.cases, evidence.received, evidence.expected, strict=True):
        x: Any = case.values.get(name)
        a, b = (result.get("outputs", {}).get(output) for result in (received, expected))
        if case.hazard or not (_numeric(x) and _numeric(a) and _numeric(b)) or np.shape(a) != np.shape(b):
            continue
        if np.shape(x) == np.shape(b) and np.ndim(x) and np.asarray(x).dtype == np.float64:
            pairs.append((np.ravel(x), ~np.isclose(np.ravel(a), np.ravel(b), rtol=1e-7, atol=1e-12)))
    if not pairs:
        return []
    x, wrong = (np.concatenate(parts) for parts in zip(*pairs, strict=True))
    if not wrong.any() or wrong.all():
        return []
    for sign, word, side in ((1, "above", "largest"), (-1, "below", "smallest")):
        low, high = (sign * x[~wrong]).max(), (sign * x[wrong]).min()
        if high > low:
            end = f"the {side} with a correct value is {sign * low:.3g}"
            return [f"{output} is wrong exactly where {name} is {sign * high:.3g} or further {word} 0 ({end})"]
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
    for case, received, expected in zip(evidence.cases, evidence.received, evidence.expected, strict=True):
        if not case.invariants or "error" in received or "error" in expected:
            continue
        outputs, problem = fitted_outputs(received["outputs"], expected["outputs"])
        if problem:  # what an answer of another shape breaks says nothing, and could take any memory
            continue
        for sentence, holds in case.invariants.items():
            try:
                if holds(case.values, expected["outputs"]) and not holds(case.values, outputs):
                    broken.append(sentence)
            except (TypeError, ValueError, IndexError, KeyError):
                continue
    return list(dict.fromkeys(broken))


def _numeric(value: Any) -> bool:
    return isinstance(value, (np.ndarray, np.generic, int, float)) and np.asarray(value).dtype.kind in "iuf"
