"""Check a folder: one learner's package, or a class's submissions; in parallel, and resumable."""

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from pathlib import Path
from typing import Any

from pellucid.checker.check_file import check_submission
from pellucid.checker.judging.verdicts import Cause, Failure, FunctionReport, Hazard
from pellucid.checker.reading.learner_source import LearnerSource
from pellucid.checker.reading.submission import SubmissionError, read_submission
from pellucid.checker.request import Request
from pellucid.checker.telling.file_report import FileReport

__all__ = ["check_folder", "files_to_check"]

NEVER_JUDGED = ("setup", "__init__")
MADE_WITH = 3  # raise it where verdicts or their words change: earlier results are then judged again


def files_to_check(folder: Path, request: Request) -> list[Path]:
    """Return the files below a folder that define a function of the pack, in order."""
    pack = request.pack
    names = {name for function in pack.functions for name in (function.name, *function.aliases)}
    if request.only:
        names &= set(request.only)
    skipped = {*NEVER_JUDGED, *pack.supplied_files, *pack.framework_files}
    found = []
    for path in sorted(folder.rglob("*")):
        is_hidden = any(part.startswith((".", "__")) for part in path.relative_to(folder).parts)
        if is_hidden or path.suffix not in (".py", ".ipynb") or path.stem in skipped or not path.is_file():
            continue
        try:
            source = read_submission(path, pack).source if path.suffix == ".ipynb" else _source(path)
        except (SubmissionError, OSError):
            continue
        if names & set(source.names()):
            found.append(path)
    return found


def _source(path: Path) -> LearnerSource:
    return LearnerSource(path.read_bytes()[: 2 << 20].decode("utf-8", errors="replace"))


def check_folder(
    folder: Path, request: Request, *, state: Path | None = None, on_file: Callable[[Path], None] = lambda path: None
) -> Iterator[FileReport]:
    """Yield a report for each file. With `state`, finished ones are stored there and not run again."""
    paths = files_to_check(folder, request)
    if not paths:
        raise SubmissionError(f"{folder}: no file in it defines a function of the pack {request.pack.name}")

    def one(path: Path) -> FileReport:
        on_file(path)
        shown = path.relative_to(folder).as_posix()
        try:
            submission = read_submission(path, request.pack)
        except SubmissionError as error:
            return FileReport(shown, request.pack.name, 0.0, [], str(error))
        place = state and state / f"{_key(submission.files, shown, request)}.json"
        if place and place.is_file() and (stored := _read(place)) is not None:
            return stored
        report = check_submission(submission, request)
        report.file = shown
        if place:
            _store(place, report)
        return report

    with ThreadPoolExecutor(max(1, request.workers)) as pool:
        yield from pool.map(one, paths)


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


def _read(place: Path) -> FileReport | None:
    """Return a stored report; None where it cannot be read."""
    try:
        record = json.loads(place.read_text(encoding="utf-8"))
        functions = [_function(function) for function in record["functions"]]
        error, sandbox = record.get("error", ""), record["sandbox"]
        return FileReport(record["file"], record["pack"], record["seconds"], functions, error, sandbox)
    except (OSError, ValueError, KeyError, TypeError):
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
