"""Update rules and optimisers: several steps of each, compared with what the usual rules do."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from pellucid.checker.asking.named import recognised
from pellucid.checker.judging.verdicts import Cause, FunctionReport
from pellucid.checker.recognising.diagnosis.lines import find_rule_line
from pellucid.checker.recognising.plain import Path, arrays_in, as_array, is_same, numbers_in
from pellucid.checker.recognising.probing import Source, job_names, job_of
from pellucid.checker.recognising.readings.rules import RulePath, rules
from pellucid.checker.recognising.units import Unit
from pellucid.checker.recognising.updating.rule_calls import (
    STEPS,
    RuleCall,
    containers,
    known_settings,
    numbers,
    rule_call,
    rule_case,
)
from pellucid.checker.running.edits import Correction
from pellucid.checker.running.job import JobResult
from pellucid.checker.running.sandbox import Workers
from pellucid.shapes import Array

__all__ = ["examine_rule"]


def examine_rule(unit: Unit, source: Source, text: str, workers: Workers) -> tuple[list[FunctionReport], JobResult]:
    """Return the verdict on a rule, none where it is not known how to call it."""
    w, grads = numbers()
    calls = [call for container in containers(unit) if (call := rule_call(unit, container)) is not None]
    if not calls:
        return [], JobResult()
    result = workers.run(job_of(source, job_names(unit), [rule_case(unit, call) for call in calls]))
    for number, call in enumerate(calls):
        answer = result.answers.get(number, {})
        moves = _moves(answer)
        if not moves:
            continue
        settings = {**numbers_in(answer.get("outputs", {}).get("unit")), **call.settings}
        known = known_settings(settings)
        constants = [*settings.values(), *unit.constants]
        for step in rules(w, grads, known, constants, unit.name):
            if _is_path(moves, step.path):
                line = (
                    _line(unit, call, step, known, constants, source, text, workers) if step.mistake else Correction()
                )
                return [_report(unit, step, line)], result
    return [], result


def _line(
    unit: Unit,
    call: RuleCall,
    step: RulePath,
    known: Mapping[str, float],
    constants: Sequence[float],
    source: Source,
    text: str,
    workers: Workers,
) -> Correction:
    """Return the line after whose change the steps are those of the same rule without a mistake."""
    w, grads = numbers()
    right = [one for one in rules(w, grads, known, constants, unit.name) if one.kind == step.kind and not one.mistake]

    def is_right(answer: Mapping[str, Any]) -> bool:
        moves = _moves(answer)
        return bool(moves) and any(_is_path(moves, one.path) for one in right)

    return find_rule_line(unit, rule_case(unit, call), is_right, source, text, workers)


def _moves(answer: Mapping[str, Any]) -> list[Array]:
    """Return how far the parameters are from their start after each step: what came back, or what was changed in place."""
    outputs = answer.get("outputs")
    if not isinstance(outputs, Mapping):
        return []
    w, grads = numbers()
    steps = []
    for t in range(STEPS):
        arrays: dict[Path, Array] = {}
        for name in ("returned", "held"):
            part = outputs.get(f"{name} {t}")
            alone = as_array(part)
            arrays |= {(name,): alone} if alone is not None else arrays_in(part, (name,))
        steps.append({path: one for path, one in arrays.items() if one.shape == w.shape})
    for path in steps[0]:
        states = [one[path] for one in steps if path in one]
        is_gradient = all(is_same(one, g) for one, g in zip(states, grads, strict=False))
        if len(states) == STEPS and not is_gradient and not all(is_same(one, w) for one in states):
            return [one - w for one in states]
    return []


def _is_path(moves: Sequence[Array], path: Sequence[Array]) -> bool:
    w, _ = numbers()
    return all(is_same(move, state - w, 1e-5) for move, state in zip(moves, path, strict=True))


def _report(unit: Unit, step: RulePath, found: Correction) -> FunctionReport:
    what = {"id": "recognised", "title": ", ".join([step.kind, *step.told]), "explanation": ""}
    name = unit.shown("forward")
    if not step.mistake:
        return FunctionReport(name, "correct", STEPS, STEPS, 0.0, conventions=[what])
    explanation = f"Its steps are those of {step.kind} with this mistake." + (
        f" With {found.change} it is correct." if found.change else ""
    )
    code, id = recognised(step.id, step.kind, "forward")
    cause = Cause(id, step.mistake, explanation, 0.95, "", formula=step.correct, code=code)
    cause = replace(cause, line=found.line, quoted=found.quoted, fix=found.fix)
    return FunctionReport(name, "wrong", 0, STEPS, causes=[cause], conventions=[what])
