"""Corrections of a learner's function: read in a worker, and tried there too, since both need the learner's own text.

A worker says which pieces of the text may be replaced by what (`worker/corrections.py`); here the text is only cut and joined. The
corrected functions run in a worker like the learner's own, beside the rest of the submission.
"""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from pellucid.checker.asking.cases import Case
from pellucid.checker.running.job import Job, Limits
from pellucid.checker.running.outlines import PACKAGE, sources_of_worker
from pellucid.checker.running.sandbox import Workers

__all__ = ["Correction", "calling", "difference", "read_corrections", "run_corrected"]

SECONDS = 4.0  # for all trials of one function
Number = Annotated[int, Meta(ge=0, le=100_000_000)]
Replacement = tuple[Number, Number, Number, Number, Annotated[str, Meta(max_length=1_000)]]


class Correction(msgspec.Struct, frozen=True, array_like=True):
    """One way to change a function."""

    sentence: Annotated[str, Meta(max_length=1_000)]
    rank: Annotated[int, Meta(ge=0, le=2)]  # how little such a change says: 0 of a formula, 1 of a number, 2 of a name
    replacements: Annotated[
        list[Replacement], Meta(min_length=1, max_length=200)
    ]  # line, column, last line, column, text

    @property
    def line(self) -> int:
        """The first line that changes."""
        return min(one[0] for one in self.replacements)

    @property
    def size(self) -> tuple[int, int, int]:
        """How much it changes: rank, places, characters."""
        return self.rank, len(self.replacements), sum(len(one[4]) + abs(one[3] - one[1]) for one in self.replacements)

    def applied(self, lines: Sequence[str]) -> list[str]:
        """Return a source's lines after the change. Raises IndexError for places that it does not have."""
        changed = [line.encode("utf-8", "surrogatepass") for line in lines]
        for line, column, last, end, text in sorted(self.replacements, reverse=True):
            if not 0 < line <= last <= len(changed):
                raise IndexError(line)
            new = changed[line - 1][:column] + text.encode("utf-8", "surrogatepass") + changed[last - 1][end:]
            changed[line - 1 : last] = [new, *[b""] * (last - line)]  # the same number of lines
        return [line.decode("utf-8", "surrogatepass") for line in changed]


class Corrections(msgspec.Struct, frozen=True):
    """What may be changed in a function, and where it stands."""

    first: Number = 0
    last: Number = 0
    found: Annotated[list[Correction], Meta(max_length=1_000)] = []


def read_corrections(text: str, name: str, workers: Workers) -> Corrections:
    """Return the corrections of a function; none where a worker cannot find any."""
    step = {"do": "call", "function": "corrections", "args": [{"$": ["text"]}, {"$": ["name"]}], "unpack": ["found"]}
    case = {"values": {"text": text, "name": name}, "steps": [step], "outputs": {"found": ["found"]}}
    limits = replace(workers.limits, allow_weak_sandbox=True)  # nothing of the submission runs
    job = Job(
        sources_of_worker("corrections"), f"{PACKAGE}.corrections", ["corrections"], [case], largest_results=4 << 20
    )
    answer = workers.run(job, limits).answers.get(0, {})
    try:
        return msgspec.convert(answer["outputs"]["found"], Corrections)
    except (msgspec.ValidationError, KeyError):
        return Corrections()


def run_corrected(
    job: Job, name: str, sources: Sequence[str], cases: Sequence[tuple[int, Case]], workers: Workers
) -> Mapping[int, Mapping[str, Any]]:
    """Run cases, each with one of the corrected sources of a function; return the answers by the cases' places.

    job: that of the function as it is. cases: the number of a source, and the case, which calls the function `name`.
    """
    module = "corrected_by_the_checker"
    listed = ",\n".join(repr(source) for source in sources)
    text = (
        f"module = __import__({job.module!r}, fromlist=['*'])\n"
        "globals().update({k: v for k, v in vars(module).items() if not k.startswith('__')})\n"
        f"sources = [{listed}]\n"
        "def made(source):\n"
        "    def f(*args, **keywords):\n"
        "        space = dict(vars(module))\n"
        "        exec(compile(source, '<corrected>', 'exec'), space)\n"
        f"        return space[{name!r}](*args, **keywords)\n"
        "    return f\n"
        f"globals().update({{f'{name}__{{n}}': made(source) for n, source in enumerate(sources)}})\n"
    )
    called = [
        calling(case, name, f"{name}__{number}").as_job(of_learner=True) | {"trace_below": 0.0}
        for number, case in cases
    ]
    names = [*job.names, *(f"{name}__{number}" for number in range(len(sources)))]
    trial = replace(job, files={**job.files, f"{module}.py": text}, module=module, names=names, cases=called)
    limits: Limits = replace(workers.limits, seconds=min(workers.limits.seconds, SECONDS))
    return workers.run(trial, limits).answers


def difference(before: Sequence[str], after: Sequence[str]) -> tuple[str, ...]:
    """Return the lines that differ, as a diff with their numbers."""
    return tuple(list(difflib.unified_diff(before, after, lineterm="", n=0))[2:])


def calling(case: Case, old: str, new: str) -> Case:
    def renamed(steps: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        return [{**step, "function": new} if step.get("function") == old else step for step in steps]

    return replace(case, steps=renamed(case.steps), asked=renamed(case.asked))
