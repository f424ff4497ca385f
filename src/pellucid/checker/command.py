"""What `pellucid check` does: check, write in the format asked for, and say by the exit code whether anything is wrong."""

import os
import sys
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from pellucid.checker.check import request_for
from pellucid.checker.check_file import check_submission
from pellucid.checker.hints import cut_to_hint
from pellucid.checker.report_files import as_gradescope, as_json, as_junit
from pellucid.checker.report_html import as_html
from pellucid.checker.report_text import print_report
from pellucid.checker.submission import SubmissionError, read_own_or_submission
from pellucid.checker.submissions import check_folder, class_tables
from pellucid.checker.verdicts import FileReport

__all__ = ["FORMATS", "run_check"]

FORMATS = ("text", "json", "html", "junit", "gradescope")


def run_check(
    path: Path, *, form: str, hint: int | None, out: Path | None, resume: Path | None = None, **settings: Any
) -> int:
    """Check a path, print or write the report, and return the exit code: 0 only if nothing is wrong."""
    if form not in FORMATS:
        raise SubmissionError(f"--format must be one of {', '.join(FORMATS)}; it is {form!r}")
    if hint is not None and hint not in (1, 2, 3):
        raise SubmissionError(f"--hint must be 1, 2 or 3; it is {hint}")
    if out is not None and not out.absolute().parent.is_dir():
        raise SubmissionError(f"--out: there is no folder {out.absolute().parent}")
    folder = path.is_dir()
    if resume is not None:
        _check_state(resume, path)
    progress = Console(stderr=True)

    def say(line: object) -> None:
        if progress.is_terminal:
            progress.print(f"checking {line}", style="dim", highlight=False, markup=False)

    request = request_for(on_progress=say, workers=max(1, min(8, os.cpu_count() or 1)), **settings)
    reports = (
        list(check_folder(path, request, state=resume, on_file=say))
        if folder
        else [check_submission(read_own_or_submission(path, request.pack.reference), request)]
    )
    clean = all(report.is_clean for report in reports)
    reports = cut_to_hint(reports, hint)
    if form == "text" and out is None:
        _print(reports, Console(highlight=False), hint, folder)
    else:
        _write(_as(form, reports, hint, folder), out)
    return 0 if clean else 1


def _check_state(state: Path, path: Path) -> None:
    """Make the folder that keeps results, or say why it cannot be, before anything is checked."""
    if not path.is_dir():
        raise SubmissionError(f"--resume keeps the results of a folder; {path} is none")
    try:
        state.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SubmissionError(f"--resume: the folder {state} cannot be made: {error.strerror}") from None
    if not os.access(state, os.W_OK):
        raise SubmissionError(f"--resume: nothing can be written to the folder {state}")


def _as(form: str, reports: list[FileReport], hint: int | None, folder: bool) -> str:
    if form == "json":
        return as_json(reports, folder=folder)
    if form == "html":
        return as_html(reports, class_tables(reports) if folder else ())
    if form == "junit":
        return as_junit(reports)
    if form == "gradescope":
        return as_gradescope(reports)
    console = Console(record=True, file=open(os.devnull, "w"), width=110, color_system=None)  # noqa: SIM115
    _print(reports, console, hint, folder)
    return console.export_text()


def _print(reports: list[FileReport], console: Console, hint: int | None, folder: bool) -> None:
    for report in reports:
        print_report(report, console, hint)
        console.print()
    if not folder:
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
    beside = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        beside.write_text(text, encoding="utf-8")
        os.replace(beside, out)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise SubmissionError(f"--out: {out} cannot be written: {error.strerror}") from None
