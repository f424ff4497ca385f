"""Reach the verdict on one function from the arrays that its worker sent back."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from pellucid.checker.asking.cases import Case
from pellucid.checker.asking.pack import Known, Options, PackFunction
from pellucid.checker.judging.compare import agreement, fitted_outputs, problem_of_type
from pellucid.checker.judging.evidence import Evidence, answer_in, failing_outputs
from pellucid.checker.judging.floors import with_floors
from pellucid.checker.judging.hazards import hazards_of, hazards_of_source
from pellucid.checker.judging.leniency import is_refusal, lost_digits, refusals
from pellucid.checker.judging.own_gradient import OwnGradient, own_gradient
from pellucid.checker.judging.verdicts import Failure, FunctionReport, Hazard, in_words
from pellucid.checker.reading.learner_source import LearnerSource
from pellucid.checker.running.needs import needs_of
from pellucid.checker.running.reference import Reference
from pellucid.checker.running.trusted import derived, expected_results, flat_outputs, run_one

__all__ = ["Judgement", "accepted_forms", "judge", "received_as_compared"]

PATTERN_LIMIT = 4096
UNBOUND = {"NameError", "UnboundLocalError"}  # what a function raises whose next line is still to be written
Answers = Sequence[tuple[Case, Mapping[str, Any]]]


@dataclass(frozen=True)
class Judgement:
    """A verdict, and what a search for the cause starts from."""

    report: FunctionReport
    evidence: Evidence
    accepted: Sequence[Known]  # the accepted forms that the function has
    start: Mapping[str, str]  # the sources of the reference in these forms
    slopes: OwnGradient


def judge(
    function: PackFunction,
    reference: Reference,
    cases: Sequence[Case],
    results: Mapping[int, Mapping[str, Any]],
    learner: LearnerSource,
    *,
    name: str = "",
    options: Options | None = None,
) -> Judgement:
    """Compare with the reference and its accepted conventions."""
    report = FunctionReport(name or function.name, "correct")
    answers = [(case, received_as_compared(case, results[number], reference)) for number, case in enumerate(cases)]
    report.hazards += _not_asked([case for case, received in answers if _is_not_asked(case, received)])
    answers = [(case, received) for case, received in answers if not _is_not_asked(case, received)]
    report.hazards += refusals(answers, learner, function.forward)
    answers = [(case, received) for case, received in answers if not is_refusal(case, received, learner)]
    slopes = own_gradient([(case, received) for case, received in answers if case.own_gradient])
    report.own_gradient_check = slopes.verdict
    compared = [(case, _with_memory_needed(r, case, reference)) for case, r in answers if not case.own_gradient]
    if _is_missing(compared, learner, function, reference, report.name):
        report.verdict, report.total = "missing", len(compared)
        return Judgement(report, Evidence([], [], []), (), {}, slopes)
    evidence, accepted, start = _nearest_form(function, reference, compared, options or Options())
    evidence.reference = reference
    report.hazards += lost_digits(evidence)
    shapes = _count(report, evidence)
    report.hazards += hazards_of(evidence, function)
    report.hazards += hazards_of_source(learner, report.name)
    _note_conventions(report, accepted, shapes)
    report.verdict = _verdict(report, evidence)
    if report.is_bad and learner.is_unwritten(report.name):
        missing = FunctionReport(report.name, "missing", report.passed, report.total)
        return Judgement(missing, Evidence([], [], []), (), {}, slopes)
    report.pattern = _pattern(evidence)
    return Judgement(report, evidence, accepted, start, slopes)


def _verdict(report: FunctionReport, evidence: Evidence) -> str:
    if not evidence.failing:
        return "convention" if report.conventions else "correct"
    return "crashes" if all("error" in received for received in evidence.received) else "wrong"


def _note_conventions(report: FunctionReport, accepted: Sequence[Known], shapes: set[str]) -> None:
    """Report which accepted forms the function has; shapes: outputs that differ only by axes of size 1."""
    report.conventions += [
        {"id": known.id, "title": known.title, "explanation": known.explanation, "code": known.code}
        for known in accepted
        if known.kind == "convention"
    ]
    report.hazards += [
        Hazard(known.id, f"{known.title}. {known.explanation}", known.code)
        for known in accepted
        if known.kind == "hazard"
    ]
    if shapes:
        title = f"{', '.join(sorted(shapes))}: same values, axes of size 1 added or lost"
        explanation = "Shape (1, D) instead of (D,) holds the same numbers."
        report.conventions.append({"id": "axes-of-size-1", "title": title, "explanation": explanation})


def received_as_compared(case: Case, result: Mapping[str, Any], reference: Reference) -> Mapping[str, Any]:
    """Return a result with the outputs that are compared; "unfit" says why facts cannot be derived from what came back."""
    if "error" in result:
        return dict(result)
    outputs = flat_outputs(result["outputs"])
    if case.derive is None:
        return {**result, "outputs": outputs}
    if problem := problem_of_type([*outputs.values()]):  # a fact that is derived from it would be one of numbers
        return {**result, "outputs": outputs, "unfit": problem}
    if case.any_shape:
        return {**result, "outputs": derived(case, outputs)}
    plain = run_one(reference.namespace, replace(case, derive=None))
    fit, problem = fitted_outputs(outputs, plain.get("outputs", {}))
    return {**result, "outputs": outputs, "unfit": problem} if problem else {**result, "outputs": derived(case, fit)}


def _is_not_asked(case: Case, received: Mapping[str, Any]) -> bool:
    """Say whether a case does not apply to the edition that a class comes from; only a case that declares needs may say so."""
    return received.get("not_asked") is True and any(step.get("needs") for step in case.asked or case.steps)


def _not_asked(cases: Sequence[Case]) -> list[Hazard]:
    """Report cases that were not asked: the class alone says which keywords it takes, so that whoever grades must see it."""
    needs = dict.fromkeys(need for case in cases for step in case.steps for need in step.get("needs", ()))
    if not cases:
        return []
    detail = f"the class takes too few of {', '.join(needs)}; --edition YEAR asks for that year's"
    return [Hazard("not-asked", f"{len(cases)} cases were not asked, because {detail}")]


def _is_missing(
    answers: Answers, learner: LearnerSource, function: PackFunction, reference: Reference, name: str
) -> bool:
    """Say whether the function is a stub: its first output is always None or zeros, it stops at a gap, or says so itself."""
    results = [received for _, received in answers]
    if not results:
        return True
    kinds = {received["error"]["type"] for received in results if "error" in received}
    values = [next(iter(received["outputs"].values()), None) for received in results if "error" not in received]
    if not values:
        messages = [str(received["error"]["message"]) for received in results]
        stops = kinds <= UNBOUND or all("NoneType" in message for message in messages)
        return kinds <= {"NotImplementedError"} or learner.is_stub(name) or (stops and learner.has_gap(name))
    fills_parameters = bool(function.parameters) and learner.fills(function.name, function.parameters)
    if learner.is_stub(name) and all(_is_blank(value) for value in values) and not _asks_for_blanks(answers, reference):
        return True
    return all(value is None for value in values) and (kinds <= {"NotImplementedError"} or not fills_parameters)


def _asks_for_blanks(answers: Answers, reference: Reference) -> bool:
    """Say whether zeros are what a function is to return."""
    expected = [run_one(reference.namespace, case).get("outputs", {}) for case, _ in answers]
    return all(_is_blank(next(iter(outputs.values()), None)) for outputs in expected)


def _is_blank(value: Any) -> bool:
    """Say whether a value is what a template starts from: None, or zeros."""
    if value is None:
        return True
    is_number = isinstance(value, (np.ndarray, np.generic, int, float)) and np.asarray(value).dtype.kind in "iuf"
    return is_number and np.size(value) > 0 and not np.any(value)


def _nearest_form(
    function: PackFunction, reference: Reference, answers: Answers, options: Options
) -> tuple[Evidence, Sequence[Known], Mapping[str, str]]:
    """Return the evidence against the accepted form with the fewest failures, the form and its sources.

    The plain reference comes first, so that it is chosen where no other form is nearer.
    """
    cases, received = [case for case, _ in answers], [answer for _, answer in answers]
    forms = []
    for chosen, start in accepted_forms(function, reference, options):
        functions = reference.with_sources(start)
        expected = expected_results(functions, cases)
        evidence = Evidence(with_floors(cases, expected, functions), received, expected)
        evidence.failing = failing_outputs(evidence, function)
        if not evidence.failing:
            return evidence, chosen, start
        forms.append((evidence, chosen, start))
    return min(forms, key=lambda form: len(form[0].failing))


def accepted_forms(
    function: PackFunction, reference: Reference, options: Options
) -> list[tuple[Sequence[Known], Mapping[str, str]]]:
    """Return the forms of the reference that are accepted: with none, one or two of the pack's conventions."""
    meaning = function.meaning(options) if function.meaning else {}
    known = [replace(k, kind="usual") if meaning.get(k.id) == "usual" else k for k in function.known]
    acceptable = [k for k in known if meaning.get(k.id, k.kind) in ("convention", "hazard", "usual")]
    required = [k for k in function.known if meaning.get(k.id) == "required"]
    forms: list[tuple[Sequence[Known], Mapping[str, str]]] = []
    for count in range(3):
        for chosen in itertools.combinations(acceptable, count):
            for edits in itertools.product(*(known.edits for known in (*required, *chosen))):
                together = [edit for group in edits for edit in group]
                start = reference.edited(function.name, together) if together else {}
                if start is not None:
                    forms.append((chosen, start))
    return forms


def _count(report: FunctionReport, evidence: Evidence) -> set[str]:
    """Count cases and list failures; return the outputs whose shapes differ only by axes of size 1."""
    shapes: set[str] = set()
    largest = 0.0
    triples = zip(evidence.cases, evidence.received, evidence.expected, strict=True)
    for number, (case, received, expected) in enumerate(triples):
        report.total += 1
        failing = [output for n, output in evidence.failing if n == number]
        report.passed += not failing
        if "error" in received:
            if failing:
                report.failing.append(Failure(case.name, ", ".join(failing), np.inf, _crash(received["error"])))
                largest = np.inf
            continue
        for output, value in expected["outputs"].items():
            found = agreement(answer_in(received, output), value, case.tolerance, floor=case.floor(output))
            if found.ok and found.shape_differs:
                shapes.add(output)
            if output in failing:
                problem = found.problem or ("" if np.isfinite(found.error) else "not finite")
                report.failing.append(Failure(case.name, output, found.error, problem))
            if not case.hazard and "float32" not in case.tags:
                largest = max(largest, found.error)
    report.max_error = largest
    return shapes


def _crash(error: Mapping[str, Any]) -> str:
    if error["type"] == "Death":
        return f"the code {error['message']}"
    return in_words(error) + (f" (line {error['line']})" if error["line"] else "")


def _with_memory_needed(received: Mapping[str, Any], case: Case, reference: Reference) -> Mapping[str, Any]:
    """Add to a MemoryError what the reference needs."""
    error = received.get("error")
    if error is None or error["type"] != "MemoryError":
        return received
    needs = needs_of(reference, case)
    if needs is None:
        return received
    message = f"{error['message']}; the reference needs {needs.peak / 2**20:.2g} MiB"
    return {**received, "error": {**error, "message": message}}


def _pattern(evidence: Evidence) -> dict[str, Any] | None:
    """Return the first failing output that can be drawn: what was received and what was expected."""
    for number in evidence.order():
        for n, output in evidence.failing:
            received = evidence.received[n]
            if n != number or "error" in received:
                continue
            value, expected = received["outputs"].get(output), evidence.expected[n]["outputs"][output]
            if not isinstance(value, np.ndarray) or not isinstance(expected, np.ndarray):
                continue
            if value.shape == expected.shape and 0 < value.size <= PATTERN_LIMIT:
                return {"case": evidence.cases[n].name, "output": output, "got": value, "expected": expected}
    return None
