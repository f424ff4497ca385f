"""Check a folder: one learner's package, or a class's submissions; in parallel, and resumable."""

import re
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from pellucid.checker.check_file import check_submission, not_judged
from pellucid.checker.finished import FinishedResults
from pellucid.checker.reading.learner_source import names_in
from pellucid.checker.reading.source_files import (
    SOURCES,
    Entry,
    SubmissionError,
    entries,
    name_below,
    read_source,
    too_many_words,
)
from pellucid.checker.reading.submission import Submission, read_submission
from pellucid.checker.recognising.check_units import find_units
from pellucid.checker.request import Request
from pellucid.checker.running.outlines import read_outline
from pellucid.checker.running.sandbox import WeakSandboxError, Workers
from pellucid.checker.telling.file_report import FileReport
from pellucid.checker.unjudged import unjudged_students
from pellucid.files import shown

__all__ = ["check_folder", "files_left_out", "files_to_check"]

WORD = re.compile(r"\w+")
NEVER_JUDGED = ("setup", "__init__")
MOST_REASONS = 5  # why nothing is judged
SOUNDS_LIKE_LAYERS = re.compile(
    r"^[ \t]*def[ \t]+\w*(backward|bprop|backprop|grad|prime|derivative|forward)\w*[ \t]*\(", re.MULTILINE
)
SECONDS_TO_LOOK = 5.0  # into one file, for the names that it defines
BOUND = re.compile(r"^(\w+)[ \t]*(?::[^=\n]*)?=(?!=)", re.MULTILINE)  # at the top, without parsing


def files_to_check(folder: Path, request: Request) -> list[Entry]:
    """Return the files below a folder that define a function of the pack, in order, and those that may but cannot be read.

    Of someone whose folder holds no such file, whatever else could not be read is reported too: links, folders.
    """
    return [entry for entry in _found(folder, request) if not entry.is_unjudged]


def _found(folder: Path, request: Request, state: Path | None = None) -> list[Entry]:
    """Return the files to check, and an entry for every other name in the folder. state: the folder of finished results."""
    never = _never_judged(request)
    found, aside = [], []
    with Workers(replace(request.limits, seconds=min(SECONDS_TO_LOOK, request.limits.seconds))) as workers:
        for entry in entries(folder):
            if entry.path.stem in never:
                continue
            if entry.problem and entry.path.suffix not in SOURCES:
                aside.append(entry)
                continue
            problem, defines = (entry.problem, False) if entry.problem else _defines(entry.path, request, workers)
            if problem or defines:
                found.append(Entry(entry.path, problem))
        known = _top_names(found, folder)
        found += [entry for entry in aside if entry.path.relative_to(folder).parts[0] not in known]
        known = _top_names(found, folder) | (
            {state.name} if state and state.resolve().parent == folder.resolve() else set()
        )
        found += unjudged_students(folder, known, request.nothing_defined, never, workers)
    return sorted(found)


def _with_layers(folder: Path, request: Request) -> list[Entry]:
    """Return the files of a folder that hold layers of no pack, where none holds a function of the pack."""
    layers = []
    never = _never_judged(request)
    with Workers(replace(request.limits, seconds=min(SECONDS_TO_LOOK, request.limits.seconds))) as workers:
        for entry in entries(folder):
            if entry.problem or entry.path.stem in never or entry.path.suffix != ".py" or request.only:
                continue
            try:
                text = read_source(entry.path)
            except SubmissionError:
                continue
            if SOUNDS_LIKE_LAYERS.search(text) and find_units(text, workers):
                layers.append(entry)
    return layers


def files_left_out(folder: Path, request: Request, reported: Collection[str]) -> list[str]:
    """Return the names of Python files in a folder that seem to hold layers and have no report. Nothing is parsed."""
    never, names = _never_judged(request), []
    for entry in entries(folder):
        name = name_below(entry.path, folder)
        if entry.problem or entry.path.suffix != ".py" or entry.path.stem in never or name in reported:
            continue
        try:
            text = read_source(entry.path)
        except SubmissionError:  # whoever judges it will say so
            continue
        if SOUNDS_LIKE_LAYERS.search(text):
            names.append(name)
    return names


def _top_names(found: Collection[Entry], folder: Path) -> set[str]:
    """Return the names in a folder that entries stand in, or are."""
    return {name for entry in found for name in entry.path.relative_to(folder).parts[:1]}


def _never_judged(request: Request) -> set[str]:
    return {*NEVER_JUDGED, *request.pack.supplied_files, *request.pack.framework_files}


def _defines(path: Path, request: Request, workers: Workers) -> tuple[str, bool]:
    """Return why a file cannot be read, "" if it can, and whether it defines a function that is to be judged."""
    names = {*request.pack.names}
    names = names & {name.partition(".")[0] for name in request.only} if request.only else names
    try:
        text = read_source(path)
    except SubmissionError as error:
        return str(error).removeprefix(f"{shown(path.absolute())}: ").removeprefix(f"{shown(path)}: "), False
    is_notebook = path.suffix == ".ipynb"
    surely = not names.isdisjoint((*names_in(text), *BOUND.findall(text)))  # as far as that is seen without parsing
    if not is_notebook and (too_many_words(text) or not names.intersection(WORD.findall(text))):
        return "", surely
    source = read_outline(text, workers, is_notebook=is_notebook)
    if not is_notebook and (source.problem or source.invalid):
        return "", surely or bool(source.problem)  # the report on the file will say so
    return source.problem, not names.isdisjoint((*source.names(), *source.assigned))


def check_folder(
    folder: Path, request: Request, *, state: Path | None = None, on_file: Callable[[Path], None] = lambda path: None
) -> Iterator[FileReport]:
    """Yield a report for each file, and for each name in the folder without one. state: a folder for finished results.

    Whatever happens with one file, it gets a report that says so, and the others go on.
    """
    found = _found(folder, request, state)
    if all(entry.is_unjudged for entry in found) and (layers := _with_layers(folder, request)):
        found = [*layers, *(entry for entry in found if entry.path not in {layer.path for layer in layers})]
    else:
        request = replace(request, recognise=False)  # of a course's folder, its functions
    if all(entry.is_unjudged for entry in found):
        reasons = "".join(f"; {name_below(entry.path, folder)}: {entry.problem}" for entry in found[:MOST_REASONS])
        raise SubmissionError(
            f"{shown(folder)}: no file in it defines a function of the pack {request.pack.name}{reasons}"
        )

    finished = FinishedResults.of(state, request) if state else None

    def one(entry: Entry) -> FileReport:
        name = name_below(entry.path, folder)
        report = FileReport(name, request.pack.name, 0.0, [])
        if entry.is_unjudged:
            return replace(report, unjudged=entry.problem)
        on_file(entry.path)
        try:
            return _file_report(_read_submission(entry, folder, request), name, request, finished, workers)
        except WeakSandboxError:  # nothing of anybody's can be checked
            raise
        except SubmissionError as error:
            return replace(report, error=_without_folder(str(error), entry.path, folder))
        except (Exception, SystemExit) as error:
            return replace(report, error=not_judged(error))

    with (
        Workers(request.limits) as workers,
        ThreadPoolExecutor(max(1, request.workers)) as pool,
        workers.stopped_by_interrupt(),
    ):
        yield from pool.map(one, found)


def _read_submission(entry: Entry, folder: Path, request: Request) -> Submission:
    if entry.problem:
        raise SubmissionError(f"could not be judged: {entry.problem}")
    return read_submission(entry.path.absolute(), request.pack, within=folder, is_package=request.is_package)


def _without_folder(reason: str, path: Path, folder: Path) -> str:
    """Return a reason without the path of the class's folder, which is nothing for a student to read."""
    reason = reason.removeprefix(f"{shown(path.absolute())}: ")
    for place in (shown(folder.absolute()), shown(folder.resolve())):
        reason = reason.replace(f"{place}/", "") if place != "/" else reason
    return reason


def _file_report(
    submission: Submission, name: str, request: Request, finished: FinishedResults | None, workers: Workers
) -> FileReport:
    """Return the stored report on a file, or judge it and store the report."""
    if finished and (stored := finished.read(submission, name)) is not None:
        return stored
    report = check_submission(submission, request, workers)
    report.file = name
    if finished:
        finished.store(submission, name, report)
    return report
