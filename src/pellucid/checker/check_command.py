"""What `pellucid check` does: check, write the report in the requested format, and return the exit code."""

import contextlib
import io
import os
import stat
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from pellucid.checker.check_file import check_submission, not_judged
from pellucid.checker.check_folder import check_folder
from pellucid.checker.choosing import defined_in, pack_for
from pellucid.checker.packs.loading import DEFAULT
from pellucid.checker.reading.source_files import SOURCES, SubmissionError
from pellucid.checker.reading.submission import read_submission
from pellucid.checker.request import Request, request_for
from pellucid.checker.telling.class_tables import class_tables
from pellucid.checker.telling.escaping import for_terminal
from pellucid.checker.telling.file_report import FileReport, print_report
from pellucid.checker.telling.files import as_gradescope, as_json, as_junit
from pellucid.checker.telling.hints import cut_to_hint
from pellucid.checker.telling.html import as_html
from pellucid.checker.telling.text import hanging
from pellucid.escaping import printable
from pellucid.files import kind_of, shown, write_whole
from pellucid.progress import hidden, is_terminal, job

__all__ = ["FORMATS", "InterruptedCheckError", "UnwritableReportError", "run_check"]

FORMATS = ("text", "json", "html", "junit", "gradescope")


Names = Mapping[str, str]  # other names of functions, and what the course calls them
NOTHING_WRONG, SOMETHING_WRONG, NOTHING_JUDGED = 0, 1, 3  # exit codes; 2 is wrong usage


class InterruptedCheckError(SubmissionError):
    """Ctrl-C ended the check of a folder; the message says what is saved."""


class UnwritableReportError(SubmissionError):
    """The report is made, and cannot be written to where it should go."""


def run_check(
    path: Path,
    *,
    form: str,
    hint: int | None,
    out: Path | None,
    fix: bool = False,
    resume: Path | None = None,
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
    _check_output(out, path)
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
    if settings.get("pack") is None:
        settings["pack"] = pack_for(defined_in(path), settings.get("only", ()))
        _say_which_pack(path, settings["pack"])
    request = request_for(on_progress=say, workers=max(1, min(8, os.cpu_count() or 1)), **settings)
    if is_folder:
        request = replace(request, is_package=_has_its_name(path, request) if asked is None else asked)
    reports = (
        _check_each(path, request, resume, say)
        if is_folder
        else [check_submission(read_submission(path, request.pack), request)]
    )
    if is_folder and asked is None:
        _say_how_read(path, request)
    visible = cut_to_hint(reports, hint, fix=fix)
    names = {alias: function.name for function in request.pack.functions for alias in function.aliases}
    if out is not None:
        _write(_safely_as(form, visible, is_folder, names), out)
    else:
        _show(form, visible, is_folder, names)
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


def _say_which_pack(path: Path, name: str) -> None:
    """Say on stderr that another pack than the default was chosen, and by what."""
    if name != DEFAULT and sys.stderr is not None:
        line = f"{shown(path)}: checked with the pack {name}, whose functions it defines; --pack names another"
        print(printable(f"pellucid: {line}"), file=sys.stderr)


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError) as error:
        raise SubmissionError(f"PATH cannot be read: {getattr(error, 'strerror', '') or error}") from None


def _check_output(out: Path | None, path: Path) -> None:
    """Say why the report cannot be written, before anything of `path` is checked."""
    if out is None:
        if sys.stdout is None:
            raise SubmissionError("standard output is closed; write the report with --out FILE")
        return
    folder = out.absolute().parent
    try:
        if not folder.is_dir():
            raise SubmissionError(f"--out: there is no folder {shown(folder)}")
        with contextlib.suppress(FileNotFoundError):
            _check_replaced(out, path)
        part = out.with_name(f".pellucid-check.{os.urandom(8).hex()}.part")  # a name as long as those of `write_whole`
        part.touch(exist_ok=False)
        part.unlink()
    except UnicodeEncodeError:
        raise SubmissionError(f"--out: this system's encoding cannot write the name {str(out)!a}") from None
    except (OSError, ValueError) as error:
        raise SubmissionError(_unwritable(out, error)) from None


def _check_replaced(out: Path, path: Path) -> None:
    """Refuse to put the report where something else is than an earlier report: a device, a link, what is being checked."""
    mode = out.lstat().st_mode
    if not stat.S_ISREG(mode):
        kind = "a link" if stat.S_ISLNK(mode) else kind_of(mode)
        raise SubmissionError(
            f"--out: {shown(out)} is {kind}, which the report would replace; name a plain file, "
            "or leave --out away to print the report"
        )
    is_inside = path.resolve() in (out.resolve(), *out.resolve().parents)
    if is_inside and out.suffix.lower() in SOURCES:
        raise SubmissionError(f"--out: {shown(out)} is one of the files to check; the report needs a name of its own")


def _unwritable(out: Path, error: Exception) -> str:
    name = str(out) if len(out.name) <= 100 else f"{out.name[:20]}... ({len(out.name)} characters)"
    return f"--out: {name} cannot be written: {getattr(error, 'strerror', '') or error}"


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


def _show(form: str, reports: list[FileReport], is_folder: bool, names: Names) -> None:
    """Write to standard output; say in one line where that fails."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # not every locale can write every name
    try:
        if form == "text":
            _print(reports, Console(highlight=False), is_folder)
        else:
            sys.stdout.write(_safely_as(form, reports, is_folder, names))
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        with contextlib.suppress(OSError, ValueError):  # otherwise Python tries, and fails, again when it ends
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise UnwritableReportError(f"the report cannot be written to standard output: {error.strerror}") from None


def _safely_as(form: str, reports: list[FileReport], is_folder: bool, names: Names) -> str:
    """Return the report as text; what cannot be written of one file is said in its place."""
    try:
        return _as(form, reports, is_folder, names)
    except Exception:
        return _as(form, [_writable(form, report, is_folder, names) for report in reports], is_folder, names)


def _writable(form: str, report: FileReport, is_folder: bool, names: Names) -> FileReport:
    try:
        _as(form, [report], is_folder, names)
    except Exception as error:
        return replace(report, functions=[], error=not_judged(error))
    return report


def _as(form: str, reports: list[FileReport], is_folder: bool, names: Names) -> str:
    if form == "json":
        return as_json(reports, folder=is_folder)
    if form == "html":
        return as_html(reports, class_tables(reports) if is_folder else ())
    if form == "junit":
        return as_junit(reports)
    if form == "gradescope":
        return as_gradescope(reports, names)
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


def _write(text: str, out: Path) -> None:
    try:
        write_whole(out, text.encode("utf-8", "backslashreplace"))
    except (OSError, ValueError) as error:
        raise UnwritableReportError(_unwritable(out, error)) from None
