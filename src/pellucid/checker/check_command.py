"""What `pellucid check` does: check, write the report in the requested format, and return the exit code."""

import contextlib
import io
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from pellucid.checker.asking.pack import Pack
from pellucid.checker.catalogue import mistakes
from pellucid.checker.catalogue.choosing import selection_of
from pellucid.checker.check_file import check_submission, not_judged
from pellucid.checker.check_folder import check_folder, files_left_out
from pellucid.checker.choosing import defined_in, pack_for
from pellucid.checker.packs.loading import DEFAULT
from pellucid.checker.reading.source_files import SubmissionError
from pellucid.checker.reading.submission import read_submission
from pellucid.checker.recognising.unit_files import beside
from pellucid.checker.request import Request, request_for
from pellucid.checker.telling.class_tables import class_tables
from pellucid.checker.telling.destination import UnwritableReportError, check_destination, write_report
from pellucid.checker.telling.escaping import for_terminal
from pellucid.checker.telling.file_report import FileReport, print_report
from pellucid.checker.telling.files import as_gradescope, as_json, as_junit
from pellucid.checker.telling.hints import cut_to_hint
from pellucid.checker.telling.html import as_html
from pellucid.checker.telling.sarif import as_sarif
from pellucid.checker.telling.selecting import selected
from pellucid.checker.telling.text import hanging
from pellucid.escaping import printable
from pellucid.files import shown
from pellucid.progress import hidden, is_terminal, job

__all__ = ["FORMATS", "InterruptedCheckError", "run_check"]

FORMATS = ("text", "json", "html", "junit", "gradescope", "sarif")
MOST_NAMES = 5  # of functions or files in a line

NOTHING_WRONG, SOMETHING_WRONG, NOTHING_JUDGED = 0, 1, 3  # exit codes; 2 is wrong usage


@dataclass(frozen=True)
class Writing:
    """How a report is written."""

    form: str
    pack: Pack
    folder: Path | None  # that was checked; None for a file

    @property
    def names(self) -> Mapping[str, str]:
        """Other names of functions, and what the course calls them."""
        return {alias: function.name for function in self.pack.functions for alias in function.aliases}


class InterruptedCheckError(SubmissionError):
    """Ctrl-C ended the check of a folder; the message says what is saved."""


def run_check(
    path: Path,
    *,
    form: str,
    hint: int | None,
    out: Path | None,
    fix: bool = False,
    resume: Path | None = None,
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    **settings: Any,
) -> int:
    """Check a path, print or write the report, and return the exit code.

    0 if nothing is wrong, 1 if something is or nothing is implemented yet, 3 if there was nothing to judge: no function is defined.
    """
    if form not in FORMATS:
        raise SubmissionError(f"--format must be one of {', '.join(FORMATS)}; got {form!r}")
    if hint is not None and hint not in (1, 2, 3):
        raise SubmissionError(f"--hint must be 1, 2 or 3; got {hint}")
    if fix and hint in (1, 2):
        raise SubmissionError(f"--fix shows the answer, which --hint {hint} leaves out; give one of the two")
    check_destination(out, path)
    is_folder = _is_folder(path)
    if settings.get("is_package") is not None and not is_folder:
        raise SubmissionError(
            f"--one-learner and --class are for a folder; {shown(path)} is none, and a file's package is read in any case"
        )
    if resume is not None:
        _check_state(resume, path)
    progress = Console(stderr=True)

    def say(line: object) -> None:
        if progress.is_terminal:
            progress.print(f"checking {printable(str(line))}", style="dim", highlight=False, markup=False)

    asked = settings.pop("is_package", None)
    if was_chosen := settings.get("pack") is None:
        settings["pack"] = pack_for(defined_in(path), settings.get("only", ()))
    settings["units"] = [*settings.get("units", ()), *beside(path)]
    request = request_for(on_progress=say, workers=max(1, min(8, os.cpu_count() or 1)), **settings)
    if is_folder:  # not every file defines what a file of units tells
        request = replace(request, told=[replace(one, is_required=False) for one in request.told])
    selection = selection_of(select, ignore, request.pack, comments=form != "gradescope")
    if is_folder:
        request = replace(request, is_package=_has_its_name(path, request) if asked is None else asked)
    reports = (
        _check_each(path, request, resume, say)
        if is_folder
        else [check_submission(read_submission(path, request.pack), request)]
    )
    if was_chosen:
        _say_which_pack(path, request.pack.name, reports)
    if was_chosen and is_folder and asked is None and any(report.functions for report in reports):
        _say_what_is_left_out(
            path, files_left_out(path, request, {report.file for report in reports if report.functions})
        )
    if is_folder and asked is None:
        _say_how_read(path, request)
    reports = [selected(report, selection) for report in reports]
    visible = cut_to_hint(reports, hint, fix=fix)
    writing = Writing(form, request.pack, path if is_folder else None)
    if out is not None:
        write_report(_safely_as(writing, visible), out)
    else:
        _show(writing, visible)
    return _exit_code(reports, path)


def _check_each(folder: Path, request: Request, state: Path | None, say: Callable[[object], None]) -> list[FileReport]:
    """Check a folder's files; show how far it is, and what is saved where it is interrupted."""
    reports: list[FileReport] = []
    try:
        with (
            hidden() if is_terminal() else nullcontext(),
            job("checked files") as show,
        ):  # on a terminal `say` names them
            for report in check_folder(folder, request, state=state, on_file=say):
                reports.append(report)
                show(len(reports), None)
    except KeyboardInterrupt:
        saved = "nothing is saved; with --resume DIR, every file's result is"
        if state is not None:
            saved = f"{len(list(state.glob('*.json')))} results are saved in {shown(state)}; the same command continues"
        raise InterruptedCheckError(f"interrupted; {saved}") from None
    return reports


def _exit_code(reports: Sequence[FileReport], path: Path) -> int:
    """Return the exit code; where nothing could be judged, say so in a line on stderr."""
    if any(report.is_judged for report in reports):
        return NOTHING_WRONG if all(report.is_clean for report in reports) else SOMETHING_WRONG
    missing = [function.name for report in reports for function in report.functions]
    reasons = [reason for report in reports if (reason := report.error or report.unjudged)]
    reason = f"nothing is implemented yet ({', '.join(missing)})" if missing else "; ".join(reasons)
    if sys.stderr is not None:
        print(printable(f"pellucid: {shown(path)}: nothing was judged: {reason}"), file=sys.stderr)
    return SOMETHING_WRONG if missing else NOTHING_JUDGED


def _has_its_name(folder: Path, request: Request) -> bool:
    """Whether a folder is called like the pack's package; whoever asks for the check chooses that name, no student."""
    return folder.absolute().name == request.pack.package


def _say_how_read(folder: Path, request: Request) -> None:
    """Say on stderr how a folder was read that may be one learner's package, or a class."""
    if request.is_package:
        sentence = "was read as one learner's package, since it has its name; for a class use --class"
    elif any((folder / name).exists() for name in ("__init__.py", *request.pack.subpackages)):
        sentence = (
            "each file and folder in it was judged as if it were alone; for one learner's package use --one-learner"
        )
    else:
        return
    if sys.stderr is not None:
        print(printable(f"pellucid: {shown(folder)}: {sentence}"), file=sys.stderr)


def _say_which_pack(path: Path, name: str, reports: Sequence[FileReport]) -> None:
    """Say on stderr which functions were judged by another pack than the default."""
    names = list(dict.fromkeys(function.name for report in reports for function in report.functions))
    if name != DEFAULT and names and sys.stderr is not None:
        line = f"{_some(names)}: judged as the course {name} asks; --pack names another"
        print(printable(f"pellucid: {shown(path)}: {line}"), file=sys.stderr)


def _say_what_is_left_out(folder: Path, files: Sequence[str]) -> None:
    """Say on stderr which files of a course's folder hold other layers, which are not judged there."""
    if files and sys.stderr is not None:
        line = f"other layers in {_some(files)} were not judged; check these files one by one"
        print(printable(f"pellucid: {shown(folder)}: {line}"), file=sys.stderr)


def _some(names: Sequence[str]) -> str:
    """Return names in a line, at most a few of them."""
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return ", ".join(names[:MOST_NAMES]) + more


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError) as error:
        raise SubmissionError(f"PATH cannot be read: {getattr(error, 'strerror', '') or error}") from None


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


def _show(writing: Writing, reports: list[FileReport]) -> None:
    """Write to standard output; say in one line where that fails."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # not every locale can write every name
    try:
        if writing.form == "text":
            _print(reports, Console(highlight=False), writing.folder is not None)
        else:
            sys.stdout.write(_safely_as(writing, reports))
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        with contextlib.suppress(OSError, ValueError):  # otherwise Python tries, and fails, again when it ends
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise UnwritableReportError(f"the report cannot be written to standard output: {error.strerror}") from None


def _safely_as(writing: Writing, reports: list[FileReport]) -> str:
    """Return the report as text; what cannot be written of one file is said in its place."""
    try:
        return _as(writing, reports)
    except Exception:
        return _as(writing, [_writable(writing, report) for report in reports])


def _writable(writing: Writing, report: FileReport) -> FileReport:
    try:
        _as(writing, [report])
    except Exception as error:
        return replace(report, functions=[], error=not_judged(error))
    return report


def _as(writing: Writing, reports: list[FileReport]) -> str:
    form, is_folder = writing.form, writing.folder is not None
    if form == "json":
        return as_json(reports, folder=is_folder)
    if form == "html":
        return as_html(reports, class_tables(reports) if is_folder else ())
    if form == "junit":
        return as_junit(reports)
    if form == "gradescope":
        return as_gradescope(reports, writing.names)
    if form == "sarif":
        return as_sarif(reports, {one.code: one for one in mistakes([writing.pack])}, writing.folder)
    console = Console(record=True, file=open(os.devnull, "w"), width=110, color_system=None)  # noqa: SIM115
    _print(reports, console, is_folder)
    return console.export_text()


def _print(reports: list[FileReport], console: Console, is_folder: bool) -> None:
    for report in reports:
        print_report(report, console)
        if not report.unjudged:
            console.print()
    if not is_folder:
        return
    for heading, columns, rows in for_terminal(class_tables(reports)):
        table = Table(*columns, title=heading, box=None, title_justify="left")
        for row in rows:
            table.add_row(
                hanging(Text(str(row[0])), console, console.width // 2), *(Text(str(cell)) for cell in row[1:])
            )
        console.print(table)
