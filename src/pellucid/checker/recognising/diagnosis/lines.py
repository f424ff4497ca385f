"""The line of a mistake: the smallest change of the learner's own text that makes everything correct."""

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pellucid.checker.recognising.diagnosis.diagnosing import mixed, needs_line, told_of
from pellucid.checker.recognising.examined import NEAR_EPS, Examined, Tried
from pellucid.checker.recognising.judging import findings
from pellucid.checker.recognising.plain import as_array, is_same
from pellucid.checker.recognising.probing import Source, job_names, job_of
from pellucid.checker.recognising.recognising import hints_of
from pellucid.checker.recognising.trials import trial_cases, trials_of
from pellucid.checker.recognising.units import Unit
from pellucid.checker.running.edits import Correction, Edits, Found, Goal, LineEdit, read_edits, search, smallest_edit
from pellucid.checker.running.outlines import run_on_text
from pellucid.checker.running.sandbox import Workers
from pellucid.shapes import Array

__all__ = ["Lines", "find_lines", "find_rule_line"]

SECONDS = (
    15.0  # for the search of one line: many times what most searches take, unless a machine is busy or a layer slow
)
MOST_ROLES, MOST_OF_ONE = 3, 1_500  # gradients that are searched for alone, and edits that are tried for one
Lines = dict[str, Correction]  # of "forward", "backward"; of a gradient, "of x", where there are several mistakes


def find_lines(examined: Examined, source: Source, text: str, workers: Workers) -> Lines:
    """Return the lines of the mistakes in a forward and a backward, with what is there and the change that makes it correct.

    Where no change makes a backward correct, "of x" says which change makes the gradient of x correct.
    """
    lines: Lines = {}
    search = _Search(examined, source, text, workers)
    for side in needs_line(examined):
        found = search.found(side)
        if found.whole is not None:
            lines[side] = Correction.of(found.whole, text)
            continue
        lines |= {f"of {role}": Correction.of(edit, text) for role, edit in found.partly.items()}
        if side == "backward":
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

    def found(self, side: str) -> Found:
        """Return the edit that makes a side correct, or edits for parts of it: of its function, then of its forward."""
        unit = self.examined.unit
        functions = [unit.forward] if side == "forward" or unit.backward is None else [unit.backward, unit.forward]
        goal = _Right.of(self.examined, side, self.source)
        partly: dict[str, LineEdit] = {}
        for function in functions:
            edits = self._edits(function.line, side)
            found = search(edits, self.text, goal, self.workers, until=time.monotonic() + SECONDS)
            if found.whole is not None:
                return found
            partly = {**found.partly, **partly}
            if side == "backward" and partly:  # several mistakes: those that are left, one by one
                return Found(None, {**partly, **self._others(goal, function.line, partly)})
        return Found(None, partly)

    def _others(self, goal: Goal, line: int, partly: Mapping[str, LineEdit]) -> Mapping[str, LineEdit]:
        """Return edits for gradients that none was found for among those of all."""
        found: dict[str, LineEdit] = {}
        left = [role for role, status in self._statuses().items() if status == "wrong" and role not in partly]
        for role in left[:MOST_ROLES]:
            edits = self._edits(line, "backward", role)
            until = time.monotonic() + SECONDS / 2
            found |= search(edits, self.text, goal, self.workers, most=MOST_OF_ONE, until=until).partly
        return found

    def _statuses(self) -> dict[str, str]:
        """Return how each gradient is in the first trial, by its role."""
        first = next((one for one in self.examined.tried if one.findings), None)
        return {one.role: one.status for one in (first.findings if first else ())}

    def _edits(self, line: int, side: str, only: str = "") -> Edits:
        """Return the edits of a function that begins in a line, those first that touch what is wrong and nothing right."""
        first = next((one for one in self.examined.tried if one.findings), None)
        ones = [] if first is None or side == "forward" else first.findings
        wrong = [one.given.path for one in ones if one.status == "wrong" and only in ("", one.role)]
        right = [one.given.path for one in ones if one.given.path not in wrong]
        like = "" if side == "forward" else _like(self.examined)
        names = job_names(self.examined.unit)
        return read_edits(self.text, names, self.workers, first=line, like=like, wrong=wrong, right=right)


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
    """All trials of one side are correct; a part of it is the gradient of one role."""

    examined: Examined
    side: str
    order: Sequence[Tried]
    outputs: Sequence[Sequence[Array]]  # of the forward without its mistake, for each trial

    @classmethod
    def of(cls, examined: Examined, side: str, source: Source) -> "_Right":
        """Return the goal of a side: a trial that is not correct comes first."""
        trials = [one for one in examined.tried if one.label != "a second call" and one.trial.outputs]
        if side == "backward":  # near eps, that of a mistaken forward is not judged
            trials = [one for one in trials if one.findings or one.trial.error is not None]
        trials = trials or list(examined.tried[:1])
        is_forward = side == "forward"  # where a mistake shows best near eps
        trials.sort(key=lambda one: one.label != NEAR_EPS if is_forward else one.is_right)
        cases = [_case(one, examined, is_forward) for one in trials]
        names = job_names(examined.unit)
        outputs = [_correct(one, examined) if is_forward else [] for one in trials]
        return cls(job_of(source, names, []), names, cases, examined, side, trials, outputs)

    def is_reached(self, answers: Mapping[int, Mapping[str, Any]]) -> bool:
        if self.side == "forward":
            return all(_is_right_forward(self.outputs[place], answer) for place, answer in answers.items())
        return all(_is_right(self.order[place], self.examined, answer) for place, answer in answers.items())

    @property
    def parts(self) -> Collection[str]:
        if self.order and self.order[0].trial.error is not None:  # that of the input says that a backward runs
            return {self.order[0].answer.call.form.roles[0].name}
        return {one.role for tried in self.order for one in tried.findings if one.status == "wrong"}

    def parts_reached(self, answers: Mapping[int, Mapping[str, Any]]) -> Collection[str]:
        if self.side == "forward":
            return ()
        found = [_still_right(self.order[place], self.examined, answer) for place, answer in answers.items()]
        sets = [one for one in found if one is not None]
        return set(self.parts).intersection(*sets) if len(sets) == len(found) else ()


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


def _statuses(tried: Tried, examined: Examined, answer: Mapping[str, Any]) -> dict[str, str] | None:
    """Return how each gradient came out; None where a backward raises, or the outputs are others."""
    trial = trials_of(tried.answer, tried.trial.values, tried.trial.way if examined.unit.backward else None, answer, {})
    if (
        trial.error is not None
        or len(trial.outputs) != len(tried.trial.outputs)
        or not all(is_same(a, b) for a, b in zip(trial.outputs, tried.trial.outputs, strict=False))
    ):
        return None
    if examined.match and examined.match.form.is_random:
        right = trial.douts[0] * trial.outputs[0] / trial.values["x"]
        return {"x": "right" if any(is_same(given.array, right) for given in trial.given) else "wrong"}
    return {one.role: one.status for one in findings(tried.answer, replace(trial, slopes=tried.trial.slopes))}


def _is_right(tried: Tried, examined: Examined, answer: Mapping[str, Any]) -> bool:
    """Whether all gradients came out correct."""
    statuses = _statuses(tried, examined, answer)
    if statuses is None:
        return False
    if examined.match and examined.match.form.is_random:
        return statuses["x"] == "right"
    averaged = {status for role, status in statuses.items() if role != tried.answer.call.form.roles[0].name}
    pair = mixed([tried])
    if tried.trial.error is not None and tried.answer.call.form.roles[0].name not in statuses:
        return False
    if not {one.role for one in tried.findings} <= set(statuses) or "wrong" in statuses.values():
        return False
    return averaged == {pair[1].status} if pair is not None else not {"right", "averaged"} <= averaged


def _still_right(tried: Tried, examined: Examined, answer: Mapping[str, Any]) -> set[str] | None:
    """Return the gradients that are correct now; None where one that was correct is wrong."""
    statuses = _statuses(tried, examined, answer)
    if statuses is None:
        return None
    right = {role for role, status in statuses.items() if status != "wrong"}
    before = {one.role for one in tried.findings if one.status != "wrong"}
    return right if before <= right else None


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
