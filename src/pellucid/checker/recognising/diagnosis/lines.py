"""The line of a mistake: the smallest change of the learner's own text that makes everything correct."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pellucid.checker.recognising.diagnosis.diagnosing import mixed, needs_line, told_of
from pellucid.checker.recognising.examined import NEAR_EPS, Examined, Tried
from pellucid.checker.recognising.judging import findings, role_label
from pellucid.checker.recognising.plain import as_array, is_same
from pellucid.checker.recognising.probing import Source, job_names, job_of
from pellucid.checker.recognising.recognising import hints_of
from pellucid.checker.recognising.trials import trial_cases, trials_of
from pellucid.checker.recognising.units import Unit
from pellucid.checker.running.edits import Correction, Goal, LineEdit, read_edits, smallest_edit
from pellucid.checker.running.outlines import run_on_text
from pellucid.checker.running.sandbox import Workers
from pellucid.shapes import Array

__all__ = ["Lines", "find_lines", "find_rule_line"]

MOST_ROLES = 3
SECONDS = 30.0  # for the search of the lines of a unit: many times what a search takes, unless a machine is busy or a layer slow
Lines = dict[str, Correction]  # of "forward", "backward"; "partly" holds what makes one gradient correct


def find_lines(examined: Examined, source: Source, text: str, workers: Workers) -> Lines:
    """Return the lines of the mistakes in a forward and a backward, with what is there and the change that makes it correct.

    Where no change makes a backward correct, "partly" says which change makes which of its gradients correct.
    """
    lines: Lines = {}
    search = _Search(examined, source, text, workers, time.monotonic() + SECONDS)
    for side in needs_line(examined):
        edit = search.smallest(side)
        if edit is not None:
            lines[side] = Correction.of(edit, text)
        elif side == "backward":
            lines |= replace(search, until=time.monotonic() + SECONDS).of_each_gradient()
        if side == "backward" and side not in lines:
            number, rows = _line_of_crash(examined) or _line_that_sets(examined, text, workers), text.splitlines()
            lines |= {side: Correction(number, rows[number - 1].strip())} if 0 < number <= len(rows) else {}
    return lines


def _line_of_crash(examined: Examined) -> int:
    """Return the line in which the backward raised, 0 if it did not."""
    error = examined.tried[0].trial.error if examined.tried else None
    return int(error["line"]) if error else 0


@dataclass(frozen=True)
class _Search:
    """The search for the edits of one unit."""

    examined: Examined
    source: Source
    text: str
    workers: Workers
    until: float  # the monotonic time at which the search ends

    def smallest(self, side: str, only: str = "") -> LineEdit | None:
        """Return the smallest edit that makes a side correct, or one gradient alone: of its function, then of its forward."""
        unit = self.examined.unit
        functions = [unit.forward] if side == "forward" or unit.backward is None else [unit.backward, unit.forward]
        like = "" if side == "forward" else _like(self.examined)
        goal = _Right.of(self.examined, side, self.source, only)
        for function in functions[:1] if only else functions:
            edits = read_edits(self.text, job_names(unit), self.workers, first=function.line, like=like)
            if (found := smallest_edit(edits, self.text, goal, self.workers, until=self.until)) is not None:
                return found
        return None

    def of_each_gradient(self) -> Lines:
        """Return the line of the first of several mistakes, and for each gradient the change that makes this one correct."""
        judged = [tried for tried in self.examined.tried if tried.trial.error is None]
        wrong = list(dict.fromkeys(one.role for tried in judged for one in tried.findings if one.status == "wrong"))
        if self.examined.unit.backward is not None and _line_of_crash(self.examined):
            return self._of_crash()
        if len(wrong) < 2 or self.examined.unit.backward is None:
            return {}
        first, changes = Correction(), ""
        for role in wrong[:MOST_ROLES]:
            edit = self.smallest("backward", role)
            if edit is not None:
                found = Correction.of(edit, self.text)
                answer = next(tried.answer for tried in judged for one in tried.findings if one.role == role)
                label = role_label(answer.call, role)
                changes += f" With {found.change} in line {found.line}, the gradient of {label} is correct."
                first = first if first.line else Correction(found.line, found.quoted)
        return {"backward": first, "partly": Correction(change=changes)} if changes else {}

    def _of_crash(self) -> Lines:
        """Return the change with which a backward that raises gives the gradient of its input, whatever else is wrong."""
        tried = self.examined.tried[0]
        role = tried.answer.call.form.roles[0].name
        edit = self.smallest("backward", role)
        if edit is None:
            return {}
        found, label = Correction.of(edit, self.text), role_label(tried.answer.call, role)
        change = f" With {found.change} it runs, and the gradient of {label} is correct; another gradient is not."
        return {"backward": Correction(found.line, found.quoted), "partly": Correction(change=change)}


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
    found = run_on_text(text, "editing.edits", "line_that_sets", workers, first=function.line, name=name, place=place)
    return found if type(found) is int and 0 < found <= len(text) else 0


@dataclass(frozen=True)
class _Right(Goal):
    """All trials of one side are correct; with `only`, the gradient of that role in all trials."""

    examined: Examined
    side: str
    order: Sequence[Tried]
    outputs: Sequence[Sequence[Array]]  # of the forward without its mistake, for each trial
    only: str = ""

    @classmethod
    def of(cls, examined: Examined, side: str, source: Source, only: str) -> "_Right":
        """Return the goal of a side: a trial that is not correct comes first."""
        trials = [one for one in examined.tried if one.label != "a second call" and one.trial.outputs]
        if only:
            trials = [one for one in trials if any(finding.role == only for finding in one.findings)]
        if side == "backward":  # near eps, that of a mistaken forward is not judged
            trials = [one for one in trials if one.findings or one.trial.error is not None]
        trials = trials or list(examined.tried[:1])
        is_forward = side == "forward"  # where a mistake shows best near eps
        trials.sort(key=lambda one: one.label != NEAR_EPS if is_forward else one.is_right)
        cases = [_case(one, examined, is_forward) for one in trials]
        names = job_names(examined.unit)
        outputs = [_correct(one, examined) if is_forward else [] for one in trials]
        return cls(job_of(source, names, []), names, cases, examined, side, trials, outputs, only)

    def is_reached(self, answers: Mapping[int, Mapping[str, Any]]) -> bool:
        if self.side == "forward":
            return all(_is_right_forward(self.outputs[place], answer) for place, answer in answers.items())
        return all(_is_right(self.order[place], self.examined, answer, self.only) for place, answer in answers.items())


def _case(tried: Tried, examined: Examined, is_forward: bool) -> Mapping[str, Any]:
    way = tried.trial.way if examined.unit.backward is not None else None
    shapes = [one.shape for one in tried.trial.outputs] or [one.shape for one in tried.answer.outputs]
    whole = trial_cases(tried.answer, tried.trial.values, None if is_forward else way, shapes)[0]
    return {**whole, "outputs": {"output 0": ["output 0"]}} if is_forward else whole


@dataclass(frozen=True)
class _RightSteps(Goal):
    """The steps of an update rule are correct."""

    is_right: Callable[[Mapping[str, Any]], bool]

    def is_reached(self, answers: Mapping[int, Mapping[str, Any]]) -> bool:
        return all(self.is_right(answer) for answer in answers.values())


def find_rule_line(
    unit: Unit,
    case: Mapping[str, Any],
    is_right: Callable[[Mapping[str, Any]], bool],
    source: Source,
    text: str,
    workers: Workers,
) -> Correction:
    """Return the line of an update rule whose change makes its steps correct; line 0 for none."""
    names = job_names(unit)
    edits = read_edits(text, names, workers, first=unit.forward.line)
    goal = _RightSteps(job_of(source, names, []), names, [case], is_right)
    edit = smallest_edit(edits, text, goal, workers, until=time.monotonic() + SECONDS)
    return Correction() if edit is None else Correction.of(edit, text)


def _is_right(tried: Tried, examined: Examined, answer: Mapping[str, Any], only: str = "") -> bool:
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
    pair = mixed([tried])
    has_crashed = tried.trial.error is not None
    if has_crashed and tried.answer.call.form.roles[0].name not in statuses:
        return False
    if not before <= set(statuses) or "wrong" in statuses.values():
        return False
    return averaged == {pair[1].status} if pair is not None else not {"right", "averaged"} <= averaged


def _is_right_forward(right: Sequence[Array], answer: Mapping[str, Any]) -> bool:
    """Whether the output is one of those of the reading without the mistake."""
    outputs = answer.get("outputs")
    found = as_array(outputs.get("output 0")) if isinstance(outputs, Mapping) else None
    return found is not None and any(is_same(found, one) for one in right)


def _correct(tried: Tried, examined: Examined) -> list[Array]:
    """Return the outputs of the readings with the same conventions and without a mistake."""
    match = examined.match
    if match is None or match.reading is None:
        return []
    told = set(match.reading.told)
    readings = match.form.readings(tried.trial.values, hints_of(tried.answer)) if not match.form.is_random else iter(())
    return [one.outputs[0] for one in readings if not one.mistake and (set(one.told) == told or not told)]
