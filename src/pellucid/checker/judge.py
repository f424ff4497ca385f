"""Reach the verdict on one function, from the arrays that its worker sent back."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from pellucid.checker.compare import agreement
from pellucid.checker.evidence import Evidence, failing_outputs
from pellucid.checker.explain import Judged, Search, explain
from pellucid.checker.hazards import hazards_of, hazards_of_source
from pellucid.checker.lines import LearnerSource
from pellucid.checker.needs import needs_of
from pellucid.checker.own_gradient import own_gradient
from pellucid.checker.packs.model import Case, Edit, Function, Known, Options
from pellucid.checker.reference import Reference
from pellucid.checker.trusted import derived, expected_results
from pellucid.checker.verdicts import Failure, FunctionReport, Hazard

__all__ = ["judge"]

PATTERN_LIMIT = 4096


def judge(
    function: Function,
    reference: Reference,
    cases: Sequence[Case],
    results: Mapping[int, Mapping[str, Any]],
    learner: LearnerSource,
    *,
    name: str = "",
    options: Options | None = None,
    forward: Judged | None = None,
    seconds: float = 3.0,
) -> Judged:
    """Compare with the reference and its accepted conventions; where something is wrong, look for the cause."""
    report = FunctionReport(name or function.name, "correct")
    kept: list[tuple[Case, Mapping[str, Any]]] = [
        (case, _received(case, results[number])) for number, case in enumerate(cases)
    ]
    kept = [(case, got) for case, got in kept if not _not_asked(got)]
    own = [(case, got) for case, got in kept if case.own_gradient]
    kept = [(case, _tell_what_is_needed(got, case, reference)) for case, got in kept if not case.own_gradient]
    slopes = own_gradient(own)
    report.own_gradient_check = slopes.verdict
    if _is_missing([got for _, got in kept], learner, function):
        report.verdict, report.total = "missing", len(kept)
        return Judged(report, {})
    base = _best_base(function, reference, kept, options or Options())
    evidence, accepted, start = base
    shapes = _fill(report, evidence, function)
    evidence.reference = reference
    report.hazards += hazards_of(evidence, 200.0 if "naive" in function.name else 50.0, function.forward)
    report.hazards += hazards_of_source(learner, report.name)
    _note_conventions(report, accepted, shapes)
    if not evidence.failing:
        report.verdict = "convention" if report.conventions else "correct"
        return Judged(report, start)
    crashed = [got for got in evidence.got if "error" in got]
    report.verdict = "crashes" if len(crashed) == len(evidence.got) else "wrong"
    report.pattern = _pattern(evidence)
    search = Search(function, reference, evidence, start, accepted, learner, forward, slopes, seconds)
    return Judged(report, explain(report, search))


def _note_conventions(report: FunctionReport, accepted: Sequence[Known], shapes: set[str]) -> None:
    """Say which accepted forms the function has; shapes: outputs that differ only by axes of size 1."""
    report.conventions += [
        {"id": known.id, "title": known.title, "explanation": known.explanation}
        for known in accepted
        if known.kind == "convention"
    ]
    for known in accepted:
        if known.kind == "hazard":
            report.hazards.append(Hazard(known.id, f"{known.title}. {known.explanation}"))
    if shapes:
        text = f"{', '.join(sorted(shapes))}: same values, axes of size 1 added or lost"
        report.conventions.append(
            {
                "id": "axes-of-size-1",
                "title": text,
                "explanation": "A shape such as (1, D) for (D,) holds the same numbers.",
            }
        )


def _received(case: Case, result: Mapping[str, Any]) -> dict[str, Any]:
    if "error" in result:
        return dict(result)
    return {**result, "outputs": derived(case, result["outputs"])}


def _not_asked(got: Mapping[str, Any]) -> bool:
    return "error" in got and got["error"]["type"] == "NotAskedError"


def _is_missing(results: Sequence[Mapping[str, Any]], learner: LearnerSource, function: Function) -> bool:
    """Say whether the function is a stub: its first output is None everywhere, or it says it is not implemented."""
    if not results:
        return True
    kinds = {got["error"]["type"] for got in results if "error" in got}
    values = [next(iter(got["outputs"].values()), None) for got in results if "error" not in got]
    if not values:
        return kinds <= {"NotImplementedError"} or learner.is_stub(function.name)
    unfinished = kinds <= {"NotImplementedError"} or not learner.sets_parameters(function.name)
    return all(value is None for value in values) and unfinished


def _best_base(
    function: Function, reference: Reference, kept: Sequence[tuple[Case, Mapping[str, Any]]], options: Options
) -> tuple[Evidence, tuple[Known, ...], Mapping[str, str]]:
    """Return the evidence against the accepted form that leaves the fewest failures: the plain reference if it is as good."""
    cases, got = [case for case, _ in kept], [result for _, result in kept]
    meaning: dict[str, str] = dict(function.meaning(options)) if function.meaning else {}
    known = [replace(k, kind="usual") if meaning.get(k.id) == "usual" else k for k in function.known]
    accepted = [k for k in known if meaning.get(k.id, k.kind) in ("convention", "hazard", "usual")]
    required = [k for k in function.known if meaning.get(k.id) == "required"]
    best: tuple[Evidence, tuple[Known, ...], Mapping[str, str]] | None = None
    for count in range(min(3, len(accepted) + 1)):
        for chosen in itertools.combinations(accepted, count):
            for edits in itertools.product(*(known.edits for known in (*required, *chosen))):
                flat: list[Edit] = [edit for group in edits for edit in group]
                start = reference.edited(function.name, flat) if flat else {}
                if start is None:
                    continue
                evidence = Evidence(cases, got, expected_results(reference.with_sources(start), cases))
                evidence.failing = failing_outputs(evidence, function)
                if best is None or len(evidence.failing) < len(best[0].failing):
                    best = (evidence, chosen, start)
                if not evidence.failing:
                    return best
    assert best is not None
    return best


def _fill(report: FunctionReport, evidence: Evidence, function: Function) -> set[str]:
    """Count cases, list failures; return the outputs whose shapes differ only by axes of size 1."""
    shapes: set[str] = set()
    worst = 0.0
    for number, (case, got, expected) in enumerate(zip(evidence.cases, evidence.got, evidence.expected, strict=True)):
        report.total += 1
        bad = [output for n, output in evidence.failing if n == number]
        report.passed += not bad
        if "error" in got:
            if bad:
                error = got["error"]
                place = f" (line {error['line']})" if error["line"] else ""
                report.failing.append(Failure(case.name, ", ".join(bad), np.inf, _crash_told(error) + place))
                worst = np.inf
            continue
        for output, value in expected["outputs"].items():
            found = agreement(got["outputs"].get(output), value, case.tolerance)
            if found.ok and found.shape_differs:
                shapes.add(output)
            if output in bad:
                told = found.told or ("" if np.isfinite(found.error) else "it is not finite")
                report.failing.append(Failure(case.name, output, found.error, told))
            if not case.hazard and "float32" not in case.tags:
                worst = max(worst, found.error)
    report.max_error = worst
    return shapes


def _crash_told(error: Mapping[str, Any]) -> str:
    if error["type"] == "Death":
        return f"the code {error['message']}"
    return f"{error['type']}: {error['message']}"


def _tell_what_is_needed(got: Mapping[str, Any], case: Case, reference: Reference) -> Mapping[str, Any]:
    """Add to a MemoryError what the reference needs."""
    error = got.get("error")
    if error is None or error["type"] != "MemoryError":
        return got
    needs = needs_of(reference, case)
    if needs is None:
        return got
    told = f"{error['message']}; the reference needs {needs.peak / 2**20:.2g} MiB"
    return {**got, "error": {**error, "message": told}}


def _pattern(evidence: Evidence) -> dict[str, Any] | None:
    """Return the first failing output that can be drawn: what came and what was due."""
    for number in evidence.order():
        for n, output in evidence.failing:
            got, expected = evidence.got[n], evidence.expected[n]["outputs"][output]
            if n != number or "error" in got:
                continue
            value = got["outputs"].get(output)
            if isinstance(value, np.ndarray) and value.shape == np.shape(expected) and 0 < value.size <= PATTERN_LIMIT:
                return {"case": evidence.cases[n].name, "output": output, "got": value, "expected": expected}
    return None
