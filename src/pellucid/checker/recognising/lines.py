"""The line of a mistake: the smallest change of the learner's own text that makes everything correct."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from pellucid.checker.recognising.examining import NEAR_EPS, Examined, Tried
from pellucid.checker.recognising.judging import batch_of, findings, role_label
from pellucid.checker.recognising.plain import as_array, is_same
from pellucid.checker.recognising.probing import Source, job_names, job_of
from pellucid.checker.recognising.recognising import hints_of
from pellucid.checker.recognising.records import FunctionRecord
from pellucid.checker.recognising.report import Lines, needs_line, told_of
from pellucid.checker.recognising.trials import trial_cases, trials_of
from pellucid.checker.recognising.units import Unit
from pellucid.checker.running.outlines import run_on_text
from pellucid.checker.running.sandbox import Workers
from pellucid.shapes import Array

__all__ = ["find_lines", "find_rule_line"]

MOST_TRIED, AT_ONCE, MOST_CONFIRMED, MOST_ROLES = 1500, 250, 6, 3
SECONDS = 30.0  # for the search of one line, where a machine is busy: what ends it is that all is tried
TEXT = "edited_by_the_checker"


class _Edit(msgspec.Struct, frozen=True, array_like=True):
    line: Annotated[int, Meta(ge=1)]
    start: Annotated[int, Meta(ge=0)]
    end: Annotated[int, Meta(ge=0)]
    new: Annotated[str, Meta(max_length=1_000)]
    first: Annotated[int, Meta(ge=0)] = (
        0  # of another function of the source, which is called: where it begins and ends
    )
    last: Annotated[int, Meta(ge=0)] = 0


def find_lines(examined: Examined, source: Source, text: str, workers: Workers) -> Lines:
    """Return the lines of the mistakes in a forward and a backward, with what is there and the change that makes it right.

    Where no change makes a backward correct, "partly" says which change makes which of its gradients correct.
    """
    lines: Lines = {}
    unit, rows = examined.unit, text.splitlines()
    end = time.monotonic() + SECONDS
    for side in needs_line(examined):
        like = "" if side == "forward" else _like(examined)
        functions = [unit.forward] if side == "forward" or unit.backward is None else [unit.backward, unit.forward]
        for function in functions:
            edits = _edits(function, text, workers, like)
            if (edit := _smallest(edits, end, examined, side, source, text, workers)) is not None:
                lines[side] = _told(edit, text)
                break
        if side == "backward" and side not in lines:
            lines |= _of_each_gradient(examined, source, text, workers)
        if side == "backward" and side not in lines and (number := _line_that_sets(examined, text, workers)):
            lines[side] = number, rows[number - 1].strip() if number <= len(rows) else "", ""
    return lines


def _smallest(
    edits: Sequence[_Edit],
    end: float,
    examined: Examined,
    side: str,
    source: Source,
    text: str,
    workers: Workers,
    only: str = "",
) -> _Edit | None:
    """Return the smallest of the first edits that make all correct, or one gradient alone; None where time ends before."""
    for start in range(0, len(edits), AT_ONCE):
        if start and time.monotonic() >= end:  # some are always tried
            return None
        if right := _right(edits[start : start + AT_ONCE], examined, side, source, text, workers, only):
            return min(right, key=lambda one: abs(len(one.new) - (one.end - one.start)))
    return None


def _of_each_gradient(examined: Examined, source: Source, text: str, workers: Workers) -> Lines:
    """Return the line of the first of several mistakes, and for each gradient the change that makes this one correct."""
    unit, end = examined.unit, time.monotonic() + SECONDS
    judged = [tried for tried in examined.tried if tried.trial.error is None]
    wrong = list(dict.fromkeys(one.role for tried in judged for one in tried.findings if one.status == "wrong"))
    if len(wrong) < 2 or unit.backward is None:
        return {}
    edits = _edits(unit.backward, text, workers, _like(examined))
    first, changes = ("backward", (0, "", "")), ""
    for role in wrong[:MOST_ROLES]:
        edit = _smallest(edits, end, examined, "backward", source, text, workers, role)
        if edit is not None:
            line, quoted, change = _told(edit, text)
            answer = next(tried.answer for tried in judged for one in tried.findings if one.role == role)
            changes += f" With {change} in line {line}, the gradient of {role_label(answer.call, role)} is correct."
            first = first if first[1][0] else ("backward", (line, quoted, ""))
    return dict([first, ("partly", (0, "", changes))]) if changes else {}


LIKE = {
    "paths": ("no-paths", "no-var", "no-mean", "diagonal-only", "no-sum", "no-gamma"),
    "size": ("not-averaged", "averaged-twice", "average-missing", "sign", "factor", "mixed"),
    "factor": ("own-gradient", "block", "some", "dout-only", "no-dout"),
}


def _like(examined: Examined) -> str:
    """Return the kind of edit that fits the mistake, as far as it is known."""
    ids = {told.id for told in told_of(examined).values()}
    return next((kind for kind, known in LIKE.items() if ids & set(known)), "")


def _line_that_sets(examined: Examined, text: str, workers: Workers) -> int:
    """Return the line that sets the first wrong gradient, 0 where it is not clear."""
    unit = examined.unit
    wrong = next((one for tried in examined.tried for one in tried.findings if one.status == "wrong"), None)
    function = unit.backward or unit.forward
    if wrong is None:
        return 0
    path = wrong.given.path
    name = next((str(part) for part in reversed(path[1:]) if isinstance(part, str)), "") if path[0] != "step" else ""
    place = next((part for part in path[1:] if isinstance(part, int)), 0)
    found = run_on_text(text, "line_edits", "line_that_sets", workers, first=function.line, name=name, place=place)
    return found if type(found) is int and 0 < found <= len(text) else 0


def _edits(function: FunctionRecord, text: str, workers: Workers, like: str = "") -> list[_Edit]:
    """Return the edits of a function, the likely ones first."""
    answer = run_on_text(text, "line_edits", "edits_of", workers, first=function.line, like=like)
    try:
        edits = msgspec.convert(answer, list[_Edit])[:MOST_TRIED]
    except (msgspec.ValidationError, RecursionError):
        return []
    return [edit for edit in edits if edit.start <= edit.end <= len(text)]


def _right(
    edits: Sequence[_Edit], examined: Examined, side: str, source: Source, text: str, workers: Workers, only: str = ""
) -> list[_Edit]:
    """Return the edits that make all trials correct; with `only`, the gradient of that role in all trials."""
    of_calls = [one for one in examined.tried if one.label != "a second call"]
    if only:
        of_calls = [one for one in of_calls if any(finding.role == only for finding in one.findings)]
    bad = [one for one in of_calls if side == "forward" or not one.is_right] or list(examined.tried[:1])
    bad.sort(key=lambda one: side == "backward" or one.label != NEAR_EPS)  # there a mistake in a forward shows best
    first = [
        edit
        for edit, is_right in zip(
            edits, _tried(edits, bad[0], examined, side, source, text, workers, only), strict=True
        )
        if is_right
    ]
    for tried in [one for one in of_calls if one is not bad[0]]:
        first = first[:MOST_CONFIRMED]
        first = [
            edit
            for edit, is_right in zip(
                first, _tried(first, tried, examined, side, source, text, workers, only), strict=True
            )
            if is_right
        ]
    return first


def _tried(
    edits: Sequence[_Edit],
    tried: Tried,
    examined: Examined,
    side: str,
    source: Source,
    text: str,
    workers: Workers,
    only: str = "",
) -> list[bool]:
    """Say for each edit whether it makes a trial correct, or one gradient of it."""
    way = tried.trial.way if examined.unit.backward is not None else None
    shapes = [one.shape for one in tried.trial.outputs] or [one.shape for one in tried.answer.outputs]
    whole = trial_cases(tried.answer, tried.trial.values, way, shapes)[0]
    answers = _answers(edits, examined.unit, whole, source, text, workers)
    return [_is_right(tried, examined, side, answers.get(number, {}), only) for number in range(len(edits))]


def _answers(
    edits: Sequence[_Edit], unit: Unit, case: Mapping[str, Any], source: Source, text: str, workers: Workers
) -> Mapping[int, Any]:
    """Return the answer to a case with each edit. All run in one worker, each as a module of its own."""
    if not edits:
        return {}
    names, main = job_names(unit), source.main
    package = source.module.rpartition(".")[0]
    files = dict(source.files)
    imports = ["import importlib"]
    spans = _spans(unit, text)
    for number, edit in enumerate(edits):
        name = f"{TEXT}_{number}"
        files[main.rpartition("/")[0] + ("/" if "/" in main else "") + f"{name}.py"] = _module(
            source.module, text, edit, spans
        )
        module = f"{package}.{name}" if package else name
        imports.append(f"try:\n    one = importlib.import_module({module!r})\nexcept Exception:\n    one = None")
        imports += [f"{each}_{number} = getattr(one, {each!r}, None)" for each in names]
    files[f"{TEXT}.py"] = "\n".join(imports) + "\n"
    cases = [_renamed(case, names, number) for number in range(len(edits))]
    every = [f"{each}_{number}" for number in range(len(edits)) for each in names]
    return workers.run(job_of(source, every, cases, files, TEXT)).answers


def find_rule_line(
    unit: Unit,
    case: Mapping[str, Any],
    is_right: Callable[[Mapping[str, Any]], bool],
    source: Source,
    text: str,
    workers: Workers,
) -> tuple[int, str, str]:
    """Return the line of an update rule whose change makes its steps correct: number, text, the change; 0 for none."""
    edits, end = _edits(unit.forward, text, workers), time.monotonic() + SECONDS
    for start in range(0, len(edits), AT_ONCE):
        part = edits[start : start + AT_ONCE]
        answers = _answers(part, unit, case, source, text, workers) if time.monotonic() < end else {}
        for number, edit in enumerate(part):
            if is_right(answers.get(number, {})):
                return _told(edit, text)
    return 0, "", ""


def _told(edit: _Edit, text: str) -> tuple[int, str, str]:
    rows = text.splitlines()
    quoted = rows[edit.line - 1].strip() if edit.line <= len(rows) else ""
    return edit.line, quoted, f"`{edit.new}` in place of `{text[edit.start : edit.end]}`"


def _spans(unit: Unit, text: str) -> list[tuple[int, int]]:
    """Return where the unit's class or functions stand in the text."""
    starts = [0]
    for row in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(row))
    parts = [unit.owner] if unit.owner else [one for one in (unit.forward, unit.backward) if one is not None]
    return [(starts[one.line - 1], starts[min(one.end, len(starts) - 1)]) for one in parts]


def _module(module: str, text: str, edit: _Edit, spans: Sequence[tuple[int, int]]) -> str:
    """Return a module that holds the learner's names, and the unit with an edit."""
    spans = [*spans, *([(edit.first, edit.last)] if edit.last > edit.first else [])]
    copies = "\n".join(
        text[start : edit.start] + edit.new + text[edit.end : end] if start <= edit.start and edit.end <= end else text[start:end]
        for start, end in spans
    )  # fmt: skip
    names = (
        f"import importlib\nnames = vars(importlib.import_module({module!r}))\n"
        "globals().update({k: v for k, v in names.items() if k[:2] != '__'})\n"
    )
    return names + copies


def _renamed(part: Any, names: Sequence[str], number: int) -> Any:
    """Return a case that calls the functions of one edit."""
    if isinstance(part, Mapping):
        return {
            key: f"{item}_{number}" if key in ("function", "class") and item in names
            else [f"{item[0]}_{number}"] if key == "of" and isinstance(item, list) and item[:1] and item[0] in names
            else item if key in ("values", "outputs") else _renamed(item, names, number)
            for key, item in part.items()
        }  # fmt: skip
    return [_renamed(item, names, number) for item in part] if isinstance(part, list) else part


def _is_right(tried: Tried, examined: Examined, side: str, answer: Mapping[str, Any], only: str = "") -> bool:
    if side == "forward":
        return _is_right_forward(tried, examined, answer)
    trial = trials_of(tried.answer, tried.trial.values, tried.trial.way if examined.unit.backward else None, answer, {})
    if (
        trial.error is not None
        or len(trial.outputs) != len(tried.trial.outputs)
        or not all(is_same(a, b) for a, b in zip(trial.outputs, tried.trial.outputs, strict=False))
    ):
        return False
    if examined.match and examined.match.form.is_random:
        right = trial.douts[0] * trial.outputs[0] / trial.values["x"]
        return any(is_same(given.array, right) for given in trial.given)
    found = findings(tried.answer, replace(trial, slopes=tried.trial.slopes))
    before = {one.role for one in tried.findings}
    statuses = {one.role: one.status for one in found}
    if only:
        return statuses.get(only, "wrong") != "wrong"
    averaged = {status for role, status in statuses.items() if role != tried.answer.call.form.roles[0].name}
    is_mixed = {"right", "averaged"} <= {
        one.status for one in tried.findings if one.role != tried.answer.call.form.roles[0].name
    }
    has_crashed = tried.trial.error is not None
    if has_crashed and tried.answer.call.form.roles[0].name not in statuses:
        return False
    if not before <= set(statuses) or "wrong" in statuses.values():
        return False
    return (
        averaged == {"averaged"}
        if is_mixed and batch_of(tried.answer, trial) > 1
        else not {"right", "averaged"} <= averaged
    )


def _is_right_forward(tried: Tried, examined: Examined, answer: Mapping[str, Any]) -> bool:
    """Whether the outputs are those of the reading without the mistake."""
    outputs = answer.get("outputs")
    found = as_array(outputs.get("output 0")) if isinstance(outputs, Mapping) else None
    match = examined.match
    if found is None or match is None or match.reading is None:
        return False
    return any(is_same(found, right) for right in _correct(tried, examined))


def _correct(tried: Tried, examined: Examined) -> list[Array]:
    match = examined.match
    assert match is not None
    assert match.reading is not None
    told = set(match.reading.told)
    readings = match.form.readings(tried.trial.values, hints_of(tried.answer)) if not match.form.is_random else iter(())
    return [one.outputs[0] for one in readings if not one.mistake and (set(one.told) == told or not told)]
