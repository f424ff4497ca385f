"""What `pellucid check` does: check, write the report in the requested format, and return the exit code."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from pellucid.checker.check_file import check_submission
from pellucid.checker.check_folder import check_folder
from pellucid.checker.reading.submission import SubmissionError, read_submission
from pellucid.checker.request import request_for
from pellucid.checker.telling.class_tables import class_tables
from pellucid.checker.telling.file_report import FileReport, print_report
from pellucid.checker.telling.files import as_gradescope, as_json, as_junit
from pellucid.checker.telling.hints import cut_to_hint
from pellucid.checker.telling.html import as_html

__all__ = ["FORMATS", "run_check"]

FORMATS = ("text", "json", "html", "junit", "gradescope")
NOTHING_WRONG, SOMETHING_WRONG, NOTHING_JUDGED = 0, 1, 3  # exit codes; 2 is wrong usage


def run_check(
    path: Path, *, form: str, hint: int | None, out: Path | None, resume: Path | None = None, **settings: Any
) -> int:
    """Check a path, print or write the report, and return the exit code.

    0 if nothing is wrong, 1 if something is, 3 if there was nothing to judge: no function is implemented, or none is defined.
    """
    if form not in FORMATS:
        raise SubmissionError(f"--format must be one of {', '.join(FORMATS)}; got {form!r}")
    if hint is not None and hint not in (1, 2, 3):
        raise SubmissionError(f"--hint must be 1, 2 or 3; got {hint}")
    if out is not None and not out.absolute().parent.is_dir():
        raise SubmissionError(f"--out: there is no folder {out.absolute().parent}")
    is_folder = path.is_dir()
    if resume is not None:
        _check_state(resume, path)
    progress = Console(stderr=True)

    def say(line: object) -> None:
        if progress.is_terminal:
            progress.print(f"checking {line}", style="dim", highlight=False, markup=False)

    request = request_for(on_progress=say, workers=max(1, min(8, os.cpu_count() or 1)), **settings)
    reports = (
        list(check_folder(path, request, state=resume, on_file=say))
        if is_folder
        else [check_submission(read_submission(path, request.pack), request)]
    )
    shown = cut_to_hint(reports, hint)
    if form == "text" and out is None:
        _print(shown, Console(highlight=False), is_folder)
    else:
        _write(_as(form, shown, is_folder), out)
    return _exit_code(reports, path)


def _exit_code(reports: Sequence[FileReport], path: Path) -> int:
    """Return the exit code; where nothing could be judged, say so in a line on stderr."""
    if any(report.is_judged for report in reports):
        return NOTHING_WRONG if all(report.is_clean for report in reports) else SOMETHING_WRONG
    missing = [function.name for report in reports for function in report.functions]
    reasons = [report.error for report in reports if report.error]
    reason = f"nothing is implemented yet ({', '.join(missing)})" if missing else "; ".join(reasons)
    print(f"pellucid: {path}: nothing was judged: {reason}", file=sys.stderr)
    return NOTHING_JUDGED


def _check_state(state: Path, path: Path) -> None:
    """Make the folder that stores results, or say why that is impossible, before anything is checked."""
    if not path.is_dir():
        raise SubmissionError(f"--resume stores the results of a folder; {path} is not a folder")
    try:
        state.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SubmissionError(f"--resume: the folder {state} cannot be made: {error.strerror}") from None
    if not os.access(state, os.W_OK):
        raise SubmissionError(f"--resume: nothing can be written to the folder {state}")


def _as(form: str, reports: list[FileReport], is_folder: bool) -> str:
    if form == "json":
        return as_json(reports, folder=is_folder)
    if form == "html":
        return as_html(reports, class_tables(reports) if is_folder else ())
    if form == "junit":
        return as_junit(reports)
    if form == "gradescope":
        return as_gradescope(reports)
    console = Console(record=True, file=open(os.devnull, "w"), width=110, color_system=None)  # noqa: SIM115
    _print(reports, console, is_folder)
    return console.export_text()


def _print(reports: list[FileReport], console: Console, is_folder: bool) -> None:
    for report in reports:
        print_report(report, console)
        console.print()
    if not is_folder:
        return
    for heading, columns, rows in class_tables(reports):
        table = Table(*columns, title=heading, box=None, title_justify="left")
        for row in rows:
            table.add_row(*map(str, row))
        console.print(table)


def _write(text: str, out: Path | None) -> None:
    if out is None:
        sys.stdout.write(text)
        return
    part = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        part.write_text(text, encoding="utf-8")
        os.replace(part, out)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise SubmissionError(f"--out: {out} cannot be written: {error.strerror}") from None
