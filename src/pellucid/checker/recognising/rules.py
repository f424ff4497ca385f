"""Update rules and optimisers: three steps of each, compared with what the usual rules do."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pellucid.checker.asking.named import recognised
from pellucid.checker.judging.verdicts import Cause, FunctionReport
from pellucid.checker.recognising.lexicon import is_gradient
from pellucid.checker.recognising.lines import find_rule_line
from pellucid.checker.recognising.plain import arrays_in, as_array, is_same, numbers_in
from pellucid.checker.recognising.probing import Source, job_names, job_of
from pellucid.checker.recognising.readings.rules import RulePath, rules
from pellucid.checker.recognising.records import Argument, FunctionRecord
from pellucid.checker.recognising.units import Unit
from pellucid.checker.running.job import JobResult
from pellucid.checker.running.sandbox import Workers
from pellucid.shapes import Array

__all__ = ["examine_rule"]

STEPS = 3
SETTINGS: Sequence[tuple[str, str, float]] = (
    ("lr", r"lr|learning_?rate|alpha|eta|step_?size", 0.1),
    ("beta1", r"beta_?1|b1|beta_?m|betas?", 0.9),
    ("beta2", r"beta_?2|b2|beta_?v", 0.99),
    ("decay", r"momentum|mu|decay(_rate)?|rho|gamma|mom|beta|alpha", 0.8),
    ("eps", r"eps|epsilon", 1e-6),
    ("batch", r"batch(_?size)?|m|n", 4.0),
)
PARAMETERS = re.compile(r"params?|parameters?|w|weights?|theta|x|p|model|layers?|net\w*|vars?|variables", re.IGNORECASE)
COUNTERS = re.compile(r"t|step|iter\w*|i|n_?iter|epoch|time_?step|it|num_?updates", re.IGNORECASE)
CONTAINERS = ("array", "dict", "list", "pairs of value and grad", "objects")


@dataclass(frozen=True)
class _Plan:
    """How a rule is called: what each argument is in step t, in which container parameters and gradients are."""

    steps: list[Any]
    settings: Mapping[str, float]
    container: str


def examine_rule(unit: Unit, source: Source, text: str, workers: Workers) -> tuple[list[FunctionReport], JobResult]:
    """Return the verdict on a rule, none where it is not known how to call it."""
    w, grads = _numbers()
    result = JobResult()
    for container in _containers(unit):
        plan = _plan(unit, container, ())
        if plan is None:
            continue
        result = _run(unit, plan, source, workers)
        states = _moves(result.answers)
        if not states or len(states) < STEPS:
            continue
        settings = {**numbers_in(result.answers[0].get("outputs", {}).get("unit")), **plan.settings}
        known = _known(settings)
        constants = [*settings.values(), *unit.constants]
        for step in rules(w, grads, known, constants):
            if all(is_same(a, b, 1e-6) for a, b in zip(states, step.path, strict=False)):
                line = _line(unit, plan, step, known, constants, source, text, workers) if step.mistake else (0, "", "")
                return [_report(unit, step, line)], result
        return [], result
    return [], result


def _numbers() -> tuple[Array, list[Array]]:
    rng = np.random.default_rng(5)
    return rng.normal(size=(3, 2)), [rng.normal(size=(3, 2)) for _ in range(STEPS)]


def _containers(unit: Unit) -> Iterator[str]:
    """Yield the containers of parameters, those that the code speaks of first."""
    ways = set(unit.forward.items.values())
    first = (
        ["dict"] if "dict" in ways else ["list", "pairs of value and grad", "objects"] if "list" in ways else ["array"]
    )
    if _layer_attributes(unit.forward):
        first = ["layer"]
    yield from dict.fromkeys([*first, *CONTAINERS])


def _layer_attributes(function: FunctionRecord) -> tuple[str, list[str]] | None:
    """Return the argument whose attributes are weights and gradients, and these attributes."""
    for name, attributes in function.attributes.items():
        if (
            any(is_gradient(a) and len(a) > 1 for a in attributes)
            and name != "self"
            and any("w" in a.lower() for a in attributes)
        ):
            return name, attributes
    return None


def _known(settings: Mapping[str, float]) -> dict[str, float]:
    found: dict[str, float] = {}
    for name, value in settings.items():
        kind = next((kind for kind, pattern, _ in SETTINGS if re.fullmatch(pattern, name, re.IGNORECASE)), "")
        if kind and kind not in found:
            found[kind] = value
    return found


def _plan(unit: Unit, container: str, fed: Sequence[str]) -> _Plan | None:
    """Return the case of three steps, None where an argument has no meaning."""
    settings: dict[str, float] = {}
    steps: list[Any] = []
    if unit.style == "optimiser":
        keywords: dict[str, Any] = {}
        for argument in unit.maker.args if unit.maker else ():
            value = _setting(argument, settings)
            if value is not None and (argument.is_required or argument.name in settings):
                keywords[argument.name] = value
            elif argument.is_required:
                return None
        steps.append({"do": "new", "class": unit.name, "args": [], "keywords": keywords, "as": "unit", "exact": True})
    steps += _packing(container, unit)
    for t in range(STEPS):
        made = _arguments(unit, container, t, settings)
        if made is None:
            return None
        args, before = made
        steps += before
        call = {"args": args, "unpack": ["result"]}
        if unit.style == "optimiser":
            steps.append({"do": "method", "of": ["unit"], "method": unit.forward.name, **call})
        else:
            steps.append({"do": "call", "function": unit.forward.name, **call})
        steps += [
            {"do": "snapshot", "of": ["result"], "as": f"returned {t}"},
            {"do": "snapshot", "of": ["held"], "as": f"held {t}"},
        ]
        steps.append(
            {"do": "feed", "of": ["result"], "as": "held", "states": [f"state {a.name}" for a in _states(unit.forward)]}
        )
    steps.append({"do": "snapshot", "of": ["unit"], "as": "unit"})
    return _Plan(steps, settings, container)


def _packing(container: str, unit: Unit) -> list[Any]:
    held: Any = {"$": ["w"]}
    if container == "dict":
        return [{"do": "pack", "form": "dict", "keys": ["W"], "args": [held], "as": "held"}]
    if container == "list":
        return [{"do": "pack", "form": "list", "keys": [], "args": [held], "as": "held"}]
    if container == "array":
        return [{"do": "pack", "form": "same", "keys": [], "args": [held], "as": "held"}]
    if container == "layer":
        _, attributes = _layer_attributes(unit.forward) or ("", [])
        names = [a for a in attributes if re.fullmatch(r"weights?|w|biases|bias|b", a, re.IGNORECASE)]
        items = [held if "w" in a.lower() else {"$": ["b"]} for a in names]
        return [{"do": "pack", "form": "object", "keys": names, "args": items, "as": "held"}]
    inner = "dict" if container.startswith("pairs") else "object"
    return [
        {
            "do": "pack",
            "form": inner,
            "keys": ["value", "grad", "data"],
            "args": [held, {"$": ["g 0"]}, held],
            "as": "one",
        },
        {"do": "pack", "form": "list", "keys": [], "args": [{"$": ["one"]}], "as": "held"},
    ]


def _arguments(unit: Unit, container: str, t: int, settings: dict[str, float]) -> tuple[list[Any], list[Any]] | None:
    """Return the arguments of step t, and the steps that pack its gradient."""
    gradient: Any = {"$": [f"g {t}"]}
    before: list[Any] = []
    if container in ("dict", "list"):
        before = [{"do": "pack", "form": container, "keys": ["W"], "args": [gradient], "as": "gradients"}]
        gradient = {"$": ["gradients"]}
    elif container.startswith("pairs"):
        before = [{"do": "set", "path": ["one", "grad"], "value": gradient}]
    elif container == "objects":
        before = [{"do": "set", "path": ["held", 0, "grad"], "value": gradient}]
    elif container == "layer":
        _, attributes = _layer_attributes(unit.forward) or ("", [])
        for name in [a for a in attributes if is_gradient(a) and len(a) > 1 and not a.endswith("momentums")]:
            value = gradient if "w" in name.lower() else {"$": ["b"]}
            before.append({"do": "set", "path": ["held", name], "value": value})
    args: list[Any] = []
    has_held = False
    for argument in unit.forward.args:
        value = _setting(argument, settings) if argument.is_required else None
        if COUNTERS.fullmatch(argument.name) and argument.is_required:
            args.append(t + 1)
        elif not argument.is_required:
            _note(argument, settings)
            break
        elif (PARAMETERS.fullmatch(argument.name) and not has_held) or (container == "layer" and not has_held):
            args.append({"$": ["held"]})
            has_held = True
        elif _is_gradient(argument.name):
            args.append(gradient)
        elif value is not None:
            args.append(value)
        else:
            args.append({"$": [f"state {argument.name}"]})
    for argument in unit.forward.args[len(args) :]:
        _note(argument, settings)
    return (args, before) if has_held else None


def _is_gradient(name: str) -> bool:
    return (is_gradient(name) and len(name) > 1) or name in ("g", "d")


def _states(function: FunctionRecord) -> list[Argument]:
    """Return the arguments that are neither parameters, gradients, settings nor counters."""
    return [
        a
        for a in function.args
        if a.is_required
        and not (PARAMETERS.fullmatch(a.name) or COUNTERS.fullmatch(a.name) or _is_gradient(a.name))
        and _setting(a, {}) is None
    ]


def _setting(argument: Argument, settings: dict[str, float]) -> float | None:
    for kind, pattern, usual in SETTINGS:
        if re.fullmatch(pattern, argument.name, re.IGNORECASE) and not (kind == "batch" and len(argument.name) < 2):
            if argument.is_required:
                settings[argument.name] = usual
                return usual
            if kind == "decay" and argument.default in ("0", "0.0"):  # so that the momentum is tried
                settings[argument.name] = usual
                return usual
            _note(argument, settings)
            return None
    return None


def _note(argument: Argument, settings: dict[str, float]) -> None:
    try:
        settings[argument.name] = float(argument.default or "")
    except ValueError:
        return


def _line(
    unit: Unit,
    plan: _Plan,
    step: RulePath,
    known: Mapping[str, float],
    constants: Sequence[float],
    source: Source,
    text: str,
    workers: Workers,
) -> tuple[int, str, str]:
    """Return the line after whose change the steps are those of the same rule without a mistake."""
    w, grads = _numbers()
    right = [one for one in rules(w, grads, known, constants) if one.kind == step.kind and not one.mistake]

    def is_right(answer: Mapping[str, Any]) -> bool:
        states = _moves({0: answer})
        return bool(states) and any(
            all(is_same(a, b, 1e-6) for a, b in zip(states, one.path, strict=False)) for one in right
        )

    return find_rule_line(unit, _case(unit, plan), is_right, source, text, workers)


def _run(unit: Unit, plan: _Plan, source: Source, workers: Workers) -> JobResult:
    return workers.run(job_of(source, job_names(unit), [_case(unit, plan)]))


def _case(unit: Unit, plan: _Plan) -> dict[str, Any]:
    w, grads = _numbers()
    values: dict[str, Any] = {"w": w, "b": np.zeros((1, 2)), **{f"g {t}": g for t, g in enumerate(grads)}}
    values |= {f"state {a.name}": np.zeros_like(w) for a in _states(unit.forward)}
    outputs = {f"{name} {t}": [f"{name} {t}"] for t in range(STEPS) for name in ("returned", "held")} | {
        "unit": ["unit"]
    }
    return {"values": values, "steps": plan.steps, "outputs": outputs}


def _moves(answers: Mapping[int, Mapping[str, Any]]) -> list[Array]:
    """Return the parameters after each step: what came back, or what was changed in place."""
    outputs = answers.get(0, {}).get("outputs")
    if not isinstance(outputs, Mapping):
        return []
    w, _ = _numbers()
    found = []
    for t in range(STEPS):
        returned, held = outputs.get(f"returned {t}"), outputs.get(f"held {t}")
        options = [as_array(returned), as_array(returned[0]) if isinstance(returned, list) and returned else None]
        options += list(arrays_in(returned).values())[:1] if isinstance(returned, Mapping) else []
        options += [as_array(held), *(arrays_in(held).values() if isinstance(held, (Mapping, list)) else ())]
        array = next((one for one in options if one is not None and one.shape == w.shape), None)
        if array is None:
            return []
        found.append(array)
    return found


def _report(unit: Unit, step: RulePath, line: tuple[int, str, str]) -> FunctionReport:
    what = {"id": "recognised", "title": ", ".join([step.kind, *step.told]), "explanation": ""}
    name = unit.shown("forward")
    if not step.mistake:
        return FunctionReport(name, "correct", STEPS, STEPS, 0.0, conventions=[what])
    number, quoted, change = line
    explanation = f"Three steps are those of {step.kind} with this mistake." + (
        f" With {change} it is correct." if change else ""
    )
    code, id = recognised(step.id, step.kind, "forward")
    cause = Cause(id, step.mistake, explanation, 0.95, "", formula=step.correct, line=number, quoted=quoted, code=code)
    return FunctionReport(name, "wrong", 0, STEPS, causes=[cause], conventions=[what])
