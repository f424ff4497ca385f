"""Edits of a learner's text: read in a worker (`worker/editing/`), tried in others beside the rest of the submission.

Here the text is only cut and joined.
"""

import difflib
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from pellucid.checker.running.job import Job
from pellucid.checker.running.outlines import run_on_text
from pellucid.checker.running.sandbox import Workers

__all__ = ["Correction", "Edits", "Goal", "LineEdit", "difference", "read_edits", "smallest_edit"]

MODULE = "edited_by_the_checker"
FIRST, AT_ONCE = 80, 250  # edits that run in the first worker, and in each of the others
MOST_CONFIRMED = 12  # edits that are tried in all cases
Place = Annotated[int, Meta(ge=0, le=100_000_000)]
Replacement = tuple[Place, Place, Annotated[str, Meta(max_length=1_000)]]


class LineEdit(msgspec.Struct, frozen=True, array_like=True):
    """One way to change a function."""

    sentence: Annotated[str, Meta(max_length=1_000)]  # "" where the change itself says what was wrong
    rank: Annotated[int, Meta(ge=0, le=2)]  # how little such a change says: 0 of a formula, 1 of a number, 2 of a name
    line: Annotated[int, Meta(ge=1, le=100_000_000)]  # the first that changes
    places: Annotated[list[Replacement], Meta(min_length=1, max_length=200)]  # start, end, the new text

    def applied(self, text: str) -> str:
        """Return a source after the change."""
        for start, end, new in sorted(self.places, reverse=True):
            text = text[:start] + new + text[end:]
        return text

    def told(self, text: str) -> str:
        """Return the change in words."""
        start, end, new = self.places[0]
        return f"`{new}` in place of `{text[start:end]}`"

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
    edits: Annotated[list[LineEdit], Meta(max_length=2_000)] = []


@dataclass(frozen=True)
class Correction:
    """An edit that makes everything correct, as a report shows it."""

    line: int = 0
    quoted: str = ""
    change: str = ""  # `new` in place of `old`
    sentence: str = ""
    fix: tuple[str, ...] = ()  # a diff

    @classmethod
    def of(cls, edit: LineEdit, text: str) -> "Correction":
        """Return an edit of a text as a report shows it."""
        rows = text.splitlines()
        quoted = rows[edit.line - 1].strip() if edit.line <= len(rows) else ""
        sentence = edit.sentence or edit.told(text)
        return cls(edit.line, quoted, edit.told(text), sentence, difference(text, edit.applied(text)))


@dataclass(frozen=True)
class Goal:
    """What a change must achieve: cases of the source as it is, and whether their answers are correct."""

    job: Job
    names: Sequence[str]  # what the cases call of what is changed
    cases: Sequence[Mapping[str, Any]]  # all edits are tried in the first, the others where that came out correct

    def is_reached(self, answers: Mapping[int, Mapping[str, Any]]) -> bool:
        """Whether the answers to some of the cases, by their places, are correct."""
        raise NotImplementedError


def read_edits(
    text: str, names: Sequence[str], workers: Workers, *, first: int = 0, closed: Sequence[str] = (), like: str = ""
) -> Edits:
    """Return the edits of a function; none where a worker cannot find any.

    names: the functions or the class that are tried; first: the line of the function that is changed, 0 for that of the first
    name; closed: functions that are not looked into where they are called.
    """
    answer = run_on_text(
        text, "editing.edits", "edits_of", workers, names=list(names), first=first, closed=list(closed), like=like
    )
    try:
        found = msgspec.convert(answer, Edits)
    except (msgspec.ValidationError, RecursionError):
        return Edits()
    inside = [one for one in found.edits if all(start <= end <= len(text) for start, end, _ in one.places)]
    return Edits(found.spans, inside)


def smallest_edit(
    found: Edits, text: str, goal: Goal, workers: Workers, *, most: int = 2_000, until: float = math.inf
) -> LineEdit | None:
    """Return the smallest of the first edits with which a goal is reached, None if no edit does it.

    until: the monotonic time after which no further edits are tried; the first ones always are.
    """
    starts = [0, *range(FIRST, min(most, len(found.edits)), AT_ONCE)]
    for start in starts if found.edits else ():
        if start and time.monotonic() >= until:
            return None
        part = found.edits[start : start + (AT_ONCE if start else FIRST)]
        answers = _run(part, found.spans, text, goal, [0], workers)
        alive = [edit for edit, answer in zip(part, answers, strict=True) if goal.is_reached(answer)]
        alive = sorted(alive, key=lambda one: one.size(text))[:MOST_CONFIRMED]
        others = list(range(1, len(goal.cases)))
        if alive and others:
            answers = _run(alive, found.spans, text, goal, others, workers)
            alive = [edit for edit, answer in zip(alive, answers, strict=True) if goal.is_reached(answer)]
        if alive:
            return alive[0]
    return None


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
