"""Clipping of gradients: by value, by each norm, by the norm of all; of an array, a dictionary or a list; in place or returned."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from pellucid.checker.asking.named import recognised
from pellucid.checker.judging.verdicts import Cause, FunctionReport
from pellucid.checker.recognising.diagnosis.lines import find_rule_line
from pellucid.checker.recognising.lexicon import is_gradient
from pellucid.checker.recognising.plain import arrays_in, as_array, is_same
from pellucid.checker.recognising.probing import Source, job_names, job_of
from pellucid.checker.recognising.records import Argument
from pellucid.checker.recognising.units import Unit
from pellucid.checker.running.edits import Correction
from pellucid.checker.running.job import JobResult
from pellucid.checker.running.sandbox import Workers
from pellucid.shapes import Array

__all__ = ["examine_clipping"]

LIMIT = re.compile(r"max\w*|clip\w*|thresh\w*|limit|norm|c|theta|value|bound|high|upper|g_?max", re.IGNORECASE)
LOWER = re.compile(r"min\w*|low\w*", re.IGNORECASE)
USUAL = 1.5
SIZES = ("large", "small")  # gradients above the limit, and below it


class _Clipped(NamedTuple):
    kind: str
    arrays: Callable[[Sequence[Array], float], list[Array]]
    mistake: str = ""
    id: str = ""
    correct: str = ""


def _norm(arrays: Sequence[Array]) -> float:
    return float(np.sqrt(sum(float((one**2).sum()) for one in arrays)))


def _scaled(arrays: Sequence[Array], factor: float) -> list[Array]:
    return [one * factor for one in arrays]


def _factor(norm: float, limit: float, eps: float) -> float:
    return min(1.0, limit / (norm + eps)) if norm + eps else 1.0


def _readings() -> Iterator[_Clipped]:
    by_all, by_each = "by the norm of all gradients together", "by the norm of each gradient"
    yield _Clipped("by value", lambda a, c: [np.clip(one, -c, c) for one in a])
    for eps in (0.0, 1e-6, 1e-8, 1e-12, 1e-5):
        yield _Clipped(by_all, lambda a, c, eps=eps: _scaled(a, _factor(_norm(a), c, eps)))  # type: ignore[misc]
        yield _Clipped(by_each, lambda a, c, eps=eps: [one * _factor(_norm([one]), c, eps) for one in a])  # type: ignore[misc]
        yield _Clipped(
            by_all,
            lambda a, c, eps=eps: _scaled(a, c / (_norm(a) + eps) if _norm(a) > c else 1.0),  # type: ignore[misc]
        )
    correct = "if norm > limit: grad *= limit / norm"
    title = "gradients below the limit are scaled up to it: they have to stay as they are"
    for eps in (0.0, 1e-6, 1e-8):
        yield _Clipped(by_all, lambda a, c, eps=eps: _scaled(a, c / (_norm(a) + eps)), title, "scales-up", correct)  # type: ignore[misc]
        yield _Clipped(
            by_each,
            lambda a, c, eps=eps: [one * c / (_norm([one]) + eps) for one in a],  # type: ignore[misc]
            title,
            "scales-up",
            correct,
        )
    title = "the square root of the norm is missing: it divides by the sum of squares"
    yield _Clipped(by_all, lambda a, c: _scaled(a, _factor(_norm(a) ** 2, c, 0.0)), title, "norm-no-root", correct)
    yield _Clipped(
        by_each, lambda a, c: [one * _factor(_norm([one]) ** 2, c, 0.0) for one in a], title, "norm-no-root", correct
    )
    title = "it divides by the norm without the limit: the norm becomes 1"
    yield _Clipped(by_all, lambda a, c: _scaled(a, 1 / _norm(a) if _norm(a) > c else 1.0), title, "no-limit", correct)
    title = "negative numbers are not clipped: the lower limit is missing"
    yield _Clipped(
        "by value", lambda a, c: [np.minimum(one, c) for one in a], title, "no-lower-limit", "np.clip(g, -limit, limit)"
    )
    yield _Clipped(
        "by value", lambda a, c: [np.clip(one, 0, c) for one in a], "negative numbers become 0", "no-lower-limit",
        "np.clip(g, -limit, limit)",
    )  # fmt: skip


def _gradients(size: str, limit: float) -> list[Array]:
    rng = np.random.default_rng(9)
    scale = 2.0 * limit if size == "large" else 0.05 * limit
    return [scale * rng.normal(size=(3, 2)), scale * rng.normal(size=(4,))]


def examine_clipping(unit: Unit, source: Source, text: str, workers: Workers) -> tuple[list[FunctionReport], JobResult]:
    """Return the verdict on a function that clips gradients; none where it is not known how to call it."""
    limit = _limit(unit.forward.args)
    if limit is None:
        return [], JobResult()
    result = JobResult()
    for container in ("dict", "list", "array"):
        case = _case(unit, container, limit)
        if case is None:
            return [], result
        result = workers.run(job_of(source, job_names(unit), [case]))
        came = _came(result.answers.get(0, {}), container)
        if not all(came):
            continue
        for reading in _readings():
            if _is_reading(reading, came, limit, container):
                found = Correction()
                if reading.mistake:
                    found = _line(unit, case, reading, limit, container, source, text, workers)
                return [_report(unit, reading, found)], result
    return [], result


def _is_reading(reading: _Clipped, came: Sequence[Sequence[Array]], limit: float, container: str) -> bool:
    for size, found in zip(SIZES, came, strict=True):
        given = _gradients(size, limit)[: 1 if container == "array" else 2]
        if len(found) != len(given):
            return False
        if not all(is_same(a, b) for a, b in zip(found, reading.arrays(given, limit), strict=True)):
            return False
    return True


def _limit(args: Sequence[Argument]) -> float | None:
    """Return the limit that a call gives, or that an argument has by default; None where there is no such argument."""
    for argument in args[1:]:
        if LIMIT.fullmatch(argument.name):
            try:
                return USUAL if argument.is_required else float(argument.default or "")
            except ValueError:
                return None
    return None


def _case(unit: Unit, container: str, limit: float) -> dict[str, Any] | None:
    """Return the case of one call with large gradients and one with small ones."""
    args = _arguments(unit, limit)
    if args is None:
        return None
    values: dict[str, Any] = {}
    steps: list[Any] = []
    outputs: dict[str, list[str]] = {}
    form = {"dict": "dict", "list": "list", "array": "same"}[container]
    for size in SIZES:
        names = [f"g {size}", f"h {size}"]
        values |= dict(zip(names, _gradients(size, limit), strict=True))
        items = [{"$": [name]} for name in names[: 1 if container == "array" else 2]]
        steps += [
            {"do": "pack", "form": form, "keys": ["dW", "db"], "args": items, "as": "held"},
            {"do": "call", "function": unit.forward.name, "args": args, "unpack": ["result"]},
            {"do": "snapshot", "of": ["result"], "as": f"returned {size}"},
            {"do": "snapshot", "of": ["held"], "as": f"after {size}"},
        ]
        outputs |= {f"{part} {size}": [f"{part} {size}"] for part in ("returned", "after")}
    return {"values": values, "steps": steps, "outputs": outputs}


def _arguments(unit: Unit, limit: float) -> list[Any] | None:
    args: list[Any] = []
    has_held = False
    for argument in unit.forward.args:
        if not has_held and (is_gradient(argument.name) or not LIMIT.fullmatch(argument.name)):
            args.append({"$": ["held"]})
            has_held = True
        elif not argument.is_required:
            break
        elif LIMIT.fullmatch(argument.name):
            args.append(limit)
        elif LOWER.fullmatch(argument.name):
            args.append(-limit)
        else:
            return None
    return args


def _came(answer: Mapping[str, Any], container: str) -> list[list[Array]]:
    """Return the gradients of each size that came back, or that were changed in place."""
    outputs = answer.get("outputs")
    return [_of_size(outputs, container, size) if isinstance(outputs, Mapping) else [] for size in SIZES]


def _of_size(outputs: Mapping[str, Any], container: str, size: str) -> list[Array]:
    wanted = [one.shape for one in _gradients(size, 1.0)[: 1 if container == "array" else 2]]
    for part in ("returned", "after"):
        value = outputs.get(f"{part} {size}")
        alone = as_array(value)
        arrays = [alone] if alone is not None else list(arrays_in(value).values())
        found = [next((one for one in arrays if one.shape == shape), None) for shape in wanted]
        if all(one is not None for one in found):
            return [one for one in found if one is not None]
    return []


def _line(
    unit: Unit, case: Any, reading: _Clipped, limit: float, container: str, source: Source, text: str, workers: Workers
) -> Correction:
    """Return the line whose change makes both sizes right."""
    right = [one for one in _readings() if one.kind == reading.kind and not one.mistake]

    def is_right(answer: Mapping[str, Any]) -> bool:
        came = _came(answer, container)
        return all(came) and any(_is_reading(one, came, limit, container) for one in right)

    return find_rule_line(unit, case, is_right, source, text, workers)


def _report(unit: Unit, reading: _Clipped, found: Correction) -> FunctionReport:
    what = {"id": "recognised", "title": f"gradient clipping, {reading.kind}", "explanation": ""}
    name = unit.shown("forward")
    if not reading.mistake:
        return FunctionReport(name, "correct", len(SIZES), len(SIZES), 0.0, conventions=[what])
    explanation = "What comes out is that of clipping with this mistake." + (
        f" With {found.change} it is correct." if found.change else ""
    )
    code, id = recognised(reading.id, "gradient clipping", "forward")
    cause = Cause(id, reading.mistake, explanation, 0.95, "", formula=reading.correct, code=code)
    cause = replace(cause, line=found.line, quoted=found.quoted, fix=found.fix)
    return FunctionReport(name, "wrong", 0, len(SIZES), causes=[cause], conventions=[what])
