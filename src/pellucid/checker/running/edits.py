"""Edits of a learner's text: read in a worker (`worker/editing/`), tried in others beside the rest of the submission.

Here the text is only cut and joined.
"""

import difflib
import functools
import math
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, NamedTuple

import msgspec
from msgspec import Meta

from pellucid.checker.running.job import Job
from pellucid.checker.running.outlines import run_on_text
from pellucid.checker.running.sandbox import Workers

__all__ = ["Correction", "Edits", "Found", "Goal", "LineEdit", "difference", "read_edits", "search", "smallest_edit"]

MODULE = "edited_by_the_checker"
FIRST, AT_ONCE = 120, 250  # edits that run in the first worker, and in each of the others
ALWAYS = 700  # edits that are tried whatever time that takes
MOST_CONFIRMED = 12  # edits that are tried in all cases
Place = Annotated[int, Meta(ge=0, le=100_000_000)]
Replacement = tuple[Place, Place, Annotated[str, Meta(max_length=1_000)]]


class LineEdit(msgspec.Struct, frozen=True, array_like=True):
    """One way to change a function."""

    sentence: Annotated[str, Meta(max_length=1_000)]  # "" where the change itself says what was wrong
    rank: Annotated[int, Meta(ge=0, le=2)]  # how little such a change says: 0 of a formula, 1 of a number, 2 of a name
    line: Annotated[int, Meta(ge=1, le=100_000_000)]  # the first that changes
    places: Annotated[list[Replacement], Meta(min_length=1, max_length=200)]  # start, end, the new text

    around: Annotated[list[Place], Meta(max_length=2)] = []  # start and end of what is quoted

    def applied(self, text: str) -> str:
        """Return a source after the change."""
        for start, end, new in sorted(self.places, reverse=True):
            text = text[:start] + new + text[end:]
        return text

    def told(self, text: str) -> str:
        """Return the change in words."""
        start, end, new = self.places[0]
        first, last = self.around if len(self.around) == 2 else (start, end)
        if not first <= start <= end <= last:
            first, last = start, end
        return f"`{text[first:start]}{new}{text[end:last]}` in place of `{text[first:last]}`"

    def size(self, text: str) -> tuple[int, int, int, int]:
        """Return how much it changes: rank, places, characters that are new, and the length of what it leaves."""
        new = 0
        for start, end, written in self.places:
            blocks = difflib.SequenceMatcher(None, text[start:end], written, autojunk=False).get_matching_blocks()
            new += len(written) - sum(block.size for block in blocks)
        return self.rank, len(self.places), new, sum(len(one[2]) - (one[1] - one[0]) for one in self.places)


class Edits(msgspec.Struct, frozen=True):
    """What may be changed, the likely changes first, and where the functions and classes stand that this concerns."""

    spans: Annotated[list[tuple[Place, Place]], Meta(max_length=100)] = []
    edits: Annotated[list[LineEdit], Meta(max_length=10_000)] = []


@dataclass(frozen=True)
class Correction:
    """An edit that makes everything correct, as a report shows it."""

    line: int = 0
    quoted: str = ""
    change: str = ""  # `new` in place of `old`
    sentence: str = ""
    fix: tuple[str, ...] = ()  # a diff
    after: str = ""  # the whole text with the change

    @classmethod
    def of(cls, edit: LineEdit, text: str) -> "Correction":
        """Return an edit of a text as a report shows it."""
        rows = text.splitlines()
        quoted = rows[edit.line - 1].strip() if edit.line <= len(rows) else ""
        sentence = edit.sentence or edit.told(text)
        after = edit.applied(text)
        return cls(edit.line, quoted, edit.told(text), sentence, difference(text, after), after)


@dataclass(frozen=True)
class Goal:
    """What a change must achieve: cases of the source as it is, and whether their answers are correct."""

    job: Job
    names: Sequence[str]  # what the cases call of what is changed
    cases: Sequence[Mapping[str, Any]]  # all edits are tried in the first, the others where that came out correct

    def is_reached(self, answers: Mapping[int, Mapping[str, Any]]) -> bool:
        """Whether the answers to some of the cases, by their places, are correct."""
        raise NotImplementedError

    @property
    def parts(self) -> Collection[str]:
        """What is wrong, where that is several things."""
        return ()

    def parts_reached(self, answers: Mapping[int, Mapping[str, Any]]) -> Collection[str]:
        """Return which of several things that are wrong come out correct, with nothing else made worse."""
        return ()


def read_edits(
    text: str,
    names: Sequence[str],
    workers: Workers,
    *,
    first: int = 0,
    closed: Sequence[str] = (),
    like: str = "",
    wrong: Sequence[Sequence[Any]] = (),
    right: Sequence[Sequence[Any]] = (),
) -> Edits:
    """Return the edits of a function; none where a worker cannot find any.

    names: the functions or the class that are tried; first: the line of the function that is changed, 0 for that of the first
    name; closed: functions that are not looked into where they are called. wrong, right: paths of results, which say where the
    mistake may be.
    """
    answer = run_on_text(
        text,
        "editing.edits",
        "edits_of",
        workers,
        names=list(names),
        first=first,
        closed=list(closed),
        like=like,
        wrong=[list(path) for path in wrong],
        right=[list(path) for path in right],
    )
    try:
        found = msgspec.convert(answer, Edits)
    except (msgspec.ValidationError, RecursionError):
        return Edits()
    inside = [one for one in found.edits if all(start <= end <= len(text) for start, end, _ in one.places)]
    return Edits(found.spans, inside)


class Found(NamedTuple):
    """What a search came to: the edit that makes everything correct, or those that make parts of it correct."""

    whole: LineEdit | None = None
    partly: Mapping[str, LineEdit] = {}


def smallest_edit(
    found: Edits, text: str, goal: Goal, workers: Workers, *, most: int = 6_000, until: float = math.inf
) -> LineEdit | None:
    """Return the smallest of the first edits with which a goal is reached, None if no edit does it.

    until: the monotonic time after which no further edits are tried; the first ones always are.
    """
    return search(found, text, goal, workers, most=most, until=until).whole


def search(
    found: Edits, text: str, goal: Goal, workers: Workers, *, most: int = 6_000, until: float = math.inf
) -> Found:
    """Return the smallest of the first edits with which a goal is reached; if no edit does it, one for each part of it.

    until: the monotonic time after which no further edits are tried; the first ones always are.
    """
    parts: dict[str, list[LineEdit]] = {}
    for start in [0, *range(FIRST, min(most, len(found.edits)), AT_ONCE)] if found.edits else ():
        if start > ALWAYS and time.monotonic() >= until:
            break
        tried = found.edits[start : start + (AT_ONCE if start else FIRST)]
        answers = _run(tried, found.spans, text, goal, [0], workers)
        alive = [edit for edit, answer in zip(tried, answers, strict=True) if goal.is_reached(answer)]
        alive = _confirmed(alive, found, text, goal, workers, goal.is_reached)
        if alive:
            return Found(alive[0])
        for edit, answer in zip(tried, answers, strict=True):
            for part in goal.parts_reached(answer):
                parts.setdefault(part, []).append(edit)
        if start > ALWAYS and goal.parts and parts.keys() >= set(goal.parts):
            break  # several mistakes, each with an edit of its own
    partly: dict[str, LineEdit] = {}
    for part, edits in parts.items():
        alive = _confirmed(edits, found, text, goal, workers, functools.partial(_reaches, goal, part))
        partly |= {part: alive[0]} if alive else {}
    return Found(None, partly)


def _reaches(goal: Goal, part: str, answers: Mapping[int, Mapping[str, Any]]) -> bool:
    return part in goal.parts_reached(answers)


def _confirmed(
    edits: Sequence[LineEdit],
    found: Edits,
    text: str,
    goal: Goal,
    workers: Workers,
    is_reached: Callable[[Mapping[int, Mapping[str, Any]]], bool],
) -> list[LineEdit]:
    """Return the edits with which the other cases come out correct too, the smallest first."""
    alive = sorted(edits, key=lambda one: one.size(text))[:MOST_CONFIRMED]
    others = list(range(1, len(goal.cases)))
    if alive and others:
        answers = _run(alive, found.spans, text, goal, others, workers)
        alive = [edit for edit, answer in zip(alive, answers, strict=True) if is_reached(answer)]
    return alive


def _run(
    edits: Sequence[LineEdit],
    spans: Sequence[tuple[int, int]],
    text: str,
    goal: Goal,
    places: Sequence[int],
    workers: Workers,
) -> list[dict[int, Mapping[str, Any]]]:
    """Run cases with each edit, all in one worker; return the answers of each edit by the cases' places."""
    names = goal.names
    cases = [goal.cases[place] for place in places]
    every = [*goal.job.names, *(f"{name}__{number}" for number in range(len(edits)) for name in names)]
    source = _module(goal.job.module, text, spans, edits, names)
    files = {**goal.job.files, f"{MODULE}.py": source}
    trial = replace(
        goal.job, files=files, module=MODULE, names=every, cases=cases, copies=len(edits), copied=list(names)
    )
    answers = workers.run(trial).answers
    count = len(places)
    return [
        {place: answers.get(number * count + n, {"error": {}}) for n, place in enumerate(places)}
        for number in range(len(edits))
    ]


def _module(
    module: str, text: str, spans: Sequence[tuple[int, int]], edits: Sequence[LineEdit], names: Sequence[str]
) -> str:
    """Return a module with the learner's names, and for each edit what has these names, in a namespace of its own."""
    places = [[list(place) for place in sorted(edit.places, reverse=True)] for edit in edits]
    return (
        f"module = __import__({module!r}, fromlist=['*'])\n"
        "globals().update({k: v for k, v in vars(module).items() if k[:2] != '__'})\n"
        f"TEXT, SPANS, NAMES = {text!r}, {[list(span) for span in spans]!r}, {list(names)!r}\n"
        "CODES = {}  # of parts: most edits change one of them\n"
        "def made(places):\n"
        "    space = dict(vars(module))\n"
        "    for first, last in SPANS:\n"
        "        part = TEXT[first:last]\n"
        "        for start, end, new in places:\n"
        "            if first <= start and end <= last:\n"
        "                part = part[: start - first] + new + part[end - first :]\n"
        "        CODES[part] = CODES.get(part) or compile(part, '<edited>', 'exec')\n"
        "        exec(CODES[part], space)\n"
        "    return {name: space[name] for name in NAMES if name in space}\n"
        f"for number, places in enumerate({places!r}):\n"
        "    try:\n"
        "        globals().update({f'{name}__{number}': one for name, one in made(places).items()})\n"
        "    except Exception:\n"
        "        pass\n"
    )


def difference(before: str, after: str) -> tuple[str, ...]:
    """Return the lines that differ, as a diff with their numbers."""
    return tuple(list(difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=0))[2:])
