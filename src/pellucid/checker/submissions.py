"""A folder: one learner's package, or a class's submissions; in parallel, resumable; a table a student, a table a mistake."""

import hashlib
import json
import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from pathlib import Path
from typing import Any

from pellucid.checker.check_file import Request, check_submission
from pellucid.checker.lines import LearnerSource
from pellucid.checker.submission import SubmissionError, read_submission
from pellucid.checker.verdicts import Cause, Failure, FileReport, FunctionReport, Hazard

__all__ = ["check_folder", "class_tables", "files_to_check", "mistakes_table", "students_table"]

SKIPPED = {"setup", "data_utils", "gradient_check", "vis_utils", "solver", "im2col", "__init__"}
MADE_WITH = 2  # raise it where verdicts change: earlier results are then judged again


def files_to_check(folder: Path, request: Request) -> list[Path]:
    """Return the files below a folder that define a function of the pack, in order."""
    names = {name for function in request.pack.functions for name in (function.name, *function.aliases)}
    if request.only:
        names &= set(request.only)
    found = []
    for path in sorted(folder.rglob("*")):
        skipped = path.stem in SKIPPED or path.stem in request.pack.framework_files
        hidden = any(part.startswith((".", "__")) for part in path.relative_to(folder).parts)
        if hidden or path.suffix not in (".py", ".ipynb") or skipped or not path.is_file():
            continue
        try:
            source = read_submission(path).source if path.suffix == ".ipynb" else _source(path)
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
    """Yield a report for each file. With `state`, finished ones are kept there and not run again."""
    paths = files_to_check(folder, request)
    if not paths:
        raise SubmissionError(f"{folder}: no file below it defines a function of the pack {request.pack.name}")

    def one(path: Path) -> FileReport:
        on_file(path)
        shown = path.relative_to(folder).as_posix()
        try:
            submission = read_submission(path)
        except SubmissionError as error:
            return FileReport(shown, request.pack.name, 0.0, [], str(error))
        place = state and state / f"{_key(submission.files, shown, request)}.json"
        if place and place.is_file() and (kept := _read(place)) is not None:
            return kept
        report = check_submission(submission, request)
        report.file = shown
        if place:
            _keep(place, report)
        return report

    with ThreadPoolExecutor(max(1, request.workers)) as pool:
        yield from pool.map(one, paths)


def class_tables(reports: Sequence[FileReport]) -> list[tuple[str, tuple[str, ...], list[tuple[Any, ...]]]]:
    """Return a class's tables: heading, columns, rows."""
    return [
        ("A row a student", ("student", "right", "wrong", "what is wrong"), [*students_table(reports)]),
        ("A row a mistake", ("function", "mistake", "files"), [*mistakes_table(reports)]),
    ]


def students_table(reports: Sequence[FileReport]) -> list[tuple[str, int, int, str]]:
    """A row a student (the folder below the root, or the file): name, right, wrong, what is wrong."""
    rows: dict[str, list[FunctionReport]] = {}
    for report in reports:
        rows.setdefault(report.file.partition("/")[0], []).extend(report.functions)
    return [
        (
            name,
            sum(f.verdict in ("correct", "convention") for f in functions),
            sum(f.is_bad for f in functions),
            ", ".join(f.name for f in functions if f.is_bad),
        )
        for name, functions in rows.items()
    ]


def mistakes_table(reports: Sequence[FileReport]) -> list[tuple[str, str, int]]:
    """A row a mistake: the function, the mistake, how many files make it; the commonest first."""
    count = Counter((f.name, cause.title) for report in reports for f in report.functions for cause in f.causes[:1])
    return [(function, title, number) for (function, title), number in count.most_common()]


def _key(files: dict[str, str], shown: str, request: Request) -> str:
    told = json.dumps(
        [
            MADE_WITH,
            shown,
            files,
            request.pack.name,
            list(request.only),
            request.edition,
            request.seed,
            request.limits.seconds,
            request.limits.memory,
        ]
    )
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _keep(place: Path, report: FileReport) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    beside = place.with_suffix(f".{os.getpid()}.part")
    beside.write_text(json.dumps(report.as_json()), encoding="utf-8")
    os.replace(beside, place)


def _read(place: Path) -> FileReport | None:
    """Return a report that was kept; None where it cannot be read."""
    try:
        told = json.loads(place.read_text(encoding="utf-8"))
        functions = [_function(f) for f in told["functions"]]
        return FileReport(
            told["file"], told["pack"], told["seconds"], functions, told.get("error", ""), told["sandbox"]
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _function(told: dict[str, Any]) -> FunctionReport:
    causes = [Cause(**{k: v for k, v in c.items() if k in {f.name for f in fields(Cause)}}) for c in told["causes"]]
    failing = [
        Failure(f["case"], f["output"], float("inf") if f["error"] is None else f["error"], f.get("detail", ""))
        for f in told["failing"]
    ]
    hazards = [Hazard(h["id"], h["detail"]) for h in told["hazards"]]
    cases = told["cases"]
    return FunctionReport(
        told["name"],
        told["verdict"],
        cases["passed"],
        cases["total"],
        told["max_error"],
        failing,
        causes,
        told["conventions"],
        hazards,
        told["own_gradient_check"],
        told["known"],
    )
