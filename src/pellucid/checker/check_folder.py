"""Check a folder: one learner's package, or a class's submissions; in parallel, and resumable."""

import contextlib
import hashlib
import json
import os
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from pellucid.checker.check_file import check_submission, not_judged
from pellucid.checker.judging.verdicts import Cause, Failure, FunctionReport, Hazard
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
from pellucid.checker.request import Request
from pellucid.checker.running.outlines import read_outline
from pellucid.checker.running.sandbox import WeakSandboxError, Workers
from pellucid.checker.telling.file_report import FileReport
from pellucid.checker.unjudged import unjudged_students
from pellucid.files import shown

__all__ = ["check_folder", "files_to_check"]

NEVER_JUDGED = ("setup", "__init__")
MOST_REASONS = 5  # why nothing is judged
SECONDS_TO_LOOK = 5.0  # into one file, for the names that it defines
MADE_WITH = 6  # raise it where verdicts or their words change: earlier results are then judged again


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


def _top_names(found: Collection[Entry], folder: Path) -> set[str]:
    """Return the names in a folder that entries stand in, or are."""
    return {name for entry in found for name in entry.path.relative_to(folder).parts[:1]}


def _never_judged(request: Request) -> set[str]:
    return {*NEVER_JUDGED, *request.pack.supplied_files, *request.pack.framework_files}


def _defines(path: Path, request: Request, workers: Workers) -> tuple[str, bool]:
    """Return why a file cannot be read, "" if it can, and whether it defines a function that is to be judged."""
    names = {name for function in request.pack.functions for name in (function.name, *function.aliases)}
    names = names & set(request.only) if request.only else names
    try:
        text = read_source(path)
    except SubmissionError as error:
        return str(error).removeprefix(f"{shown(path.absolute())}: ").removeprefix(f"{shown(path)}: "), False
    is_notebook = path.suffix == ".ipynb"
    if not is_notebook and (too_many_words(text) or not names.intersection(names_in(text))):
        return "", not names.isdisjoint(names_in(text))
    source = read_outline(text, workers, is_notebook=is_notebook)
    if source.problem and not is_notebook:
        return "", True  # the report on the file will say so
    return source.problem, not names.isdisjoint(source.names())


def check_folder(
    folder: Path, request: Request, *, state: Path | None = None, on_file: Callable[[Path], None] = lambda path: None
) -> Iterator[FileReport]:
    """Yield a report for each file, and for each name in the folder without one. state: a folder for finished results.

    Whatever happens with one file, it gets a report that says so, and the others go on.
    """
    found = _found(folder, request, state)
    if all(entry.is_unjudged for entry in found):
        reasons = "".join(f"; {name_below(entry.path, folder)}: {entry.problem}" for entry in found[:MOST_REASONS])
        raise SubmissionError(
            f"{shown(folder)}: no file in it defines a function of the pack {request.pack.name}{reasons}"
        )

    def one(entry: Entry) -> FileReport:
        name = name_below(entry.path, folder)
        report = FileReport(name, request.pack.name, 0.0, [])
        if entry.is_unjudged:
            return replace(report, unjudged=entry.problem)
        on_file(entry.path)
        try:
            return _file_report(_read_submission(entry, folder, request), name, request, state, workers)
        except WeakSandboxError:  # nothing of anybody's can be checked
            raise
        except SubmissionError as error:
            return replace(report, error=_without_folder(str(error), entry.path, folder))
        except (Exception, SystemExit) as error:
            return replace(report, error=not_judged(error))

    with Workers(request.limits) as workers, ThreadPoolExecutor(max(1, request.workers)) as pool:
        yield from pool.map(one, found)


def _read_submission(entry: Entry, folder: Path, request: Request) -> Submission:
    if entry.problem:
        raise SubmissionError(f"could not be judged: {entry.problem}")
    return read_submission(entry.path.absolute(), request.pack, within=folder)


def _without_folder(reason: str, path: Path, folder: Path) -> str:
    """Return a reason without the path of the class's folder, which is nothing for a student to read."""
    reason = reason.removeprefix(f"{shown(path.absolute())}: ")
    for place in (shown(folder.absolute()), shown(folder.resolve())):
        reason = reason.replace(f"{place}/", "") if place != "/" else reason
    return reason


def _file_report(
    submission: Submission, name: str, request: Request, state: Path | None, workers: Workers
) -> FileReport:
    """Return the stored report on a file, or judge it and store the report."""
    place = state and state / f"{_key(submission.files, name, request)}.json"
    if place and place.is_file() and (stored := _stored(place)) is not None:
        return stored
    report = check_submission(submission, request, workers)
    report.file = name
    if place:
        with contextlib.suppress(OSError):  # a full disk: the next run judges this file again
            _store(place, report)
    return report


def _key(files: dict[str, str], shown: str, request: Request) -> str:
    """Return the name under which a result is stored: a hash of everything that it depends on."""
    limits = request.limits
    settings = [request.pack.name, list(request.only), request.edition, request.seed, limits.seconds, limits.memory]
    text = json.dumps([MADE_WITH, shown, files, *settings])
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _store(place: Path, report: FileReport) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    part = place.with_suffix(f".{os.getpid()}.part")
    part.write_text(json.dumps(report.as_json()), encoding="utf-8")
    os.replace(part, place)


def _stored(place: Path) -> FileReport | None:
    """Return a stored report; None where it cannot be read."""
    try:
        record = json.loads(place.read_text(encoding="utf-8"))
        functions = [_function(function) for function in record["functions"]]
        error, sandbox = record.get("error", ""), record["sandbox"]
        return FileReport(record["file"], record["pack"], record["seconds"], functions, error, sandbox=sandbox)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _function(record: dict[str, Any]) -> FunctionReport:
    names = {field.name for field in fields(Cause)}
    return FunctionReport(
        record["name"],
        record["verdict"],
        record["cases"]["passed"],
        record["cases"]["total"],
        record["max_error"],
        [_failure(failure) for failure in record["failing"]],
        [Cause(**{key: value for key, value in cause.items() if key in names}) for cause in record["causes"]],
        record["conventions"],
        [Hazard(hazard["id"], hazard["detail"]) for hazard in record["hazards"]],
        record["own_gradient_check"],
        record["known"],
    )


def _failure(record: dict[str, Any]) -> Failure:
    error = float("inf") if record["error"] is None else record["error"]
    return Failure(record["case"], record["output"], error, record.get("detail", ""))
