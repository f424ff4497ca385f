"""Update rules and optimisers: several steps of each, compared with what the usual rules do."""

import functools
import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from pellucid.checker.asking.named import recognised
from pellucid.checker.judging.verdicts import Cause, FunctionReport
from pellucid.checker.recognising.diagnosis.lines import find_rule_line
from pellucid.checker.recognising.plain import Path, arrays_in, as_array, is_same, numbers_in
from pellucid.checker.recognising.probing import Source, job_names, job_of
from pellucid.checker.recognising.units import Unit
from pellucid.checker.recognising.updating.everyday_rules import rules
from pellucid.checker.recognising.updating.rule_calls import (
    STEPS,
    RuleCall,
    containers,
    known_settings,
    numbers,
    rule_call,
    rule_case,
)
from pellucid.checker.recognising.updating.rule_paths import RulePath
from pellucid.checker.running.edits import Correction
from pellucid.checker.running.job import JobResult
from pellucid.checker.running.sandbox import Workers
from pellucid.shapes import Array

__all__ = ["examine_rule"]

SCHEDULE = re.compile(
    r"sched|warm|anneal|cosine|^(?!learning_?|base_?)\w*rate$|total|lr_?decay|^decay$|max_steps", re.IGNORECASE
)


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
        found = list(rules(w, grads, known, constants, unit.name))
        for step in [*found, *_scheduled(unit, moves, found)]:
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
    """Return the line after whose change the steps are those of the same rule without a mistake; of another, the line alone."""
    w, grads = numbers()
    every = [one for one in rules(w, grads, known, constants, unit.name) if not one.mistake]

    def is_one_of(right: Sequence[RulePath], answer: Mapping[str, Any]) -> bool:
        moves = _moves(answer)
        return bool(moves) and any(_is_path(moves, one.path) for one in right)

    for right in (
        [one for one in every if one.kind == step.kind],
        [one for one in every if one.kind != step.kind and one.kind in step.kind],
    ):
        is_right = functools.partial(is_one_of, right)
        found = find_rule_line(unit, rule_case(unit, call), is_right, source, text, workers) if right else Correction()
        if found.line:
            return found if right[0].kind == step.kind else Correction(found.line, found.quoted)
    return Correction()


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
    """Whether parameters move as on a path, and become NaN where it does."""
    w, _ = numbers()
    for move, state in zip(moves, path, strict=True):
        is_nan = np.isnan(move)
        if is_nan.all() or not np.array_equal(is_nan, np.isnan(state)):
            return False
        if not is_same(move[~is_nan], (state - w)[~is_nan], 1e-5):
            return False
    return True


def _scheduled(unit: Unit, moves: Sequence[Array], found: Sequence[RulePath]) -> Iterator[RulePath]:
    """Yield the rules whose every step has the direction of the learner's, where the code speaks of a changing rate."""
    if unit.owner is None:  # a function gets the rate of each step
        return
    spoken = [one.name for one in unit.owner.methods] + [one.name for one in (unit.maker.args if unit.maker else ())]
    if not any(SCHEDULE.search(name) for name in spoken):
        return
    w, _ = numbers()
    steps = [after - before for before, after in itertools.pairwise([np.zeros_like(w), *moves])]
    for one in found:
        own = [after - before for before, after in itertools.pairwise([w, *one.path])]
        rates = [float((a * b).sum() / max((b * b).sum(), 1e-300)) for a, b in zip(steps, own, strict=True)]
        is_same_way = all(is_same(a, rate * b, 1e-5) for a, rate, b in zip(steps, rates, own, strict=True))
        if not one.mistake and min(rates) > 0 and is_same_way:
            path = [w + move for move in moves]
            yield one._replace(path=path, told=(*one.told, "its rate changes from step to step"))


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
