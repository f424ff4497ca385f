"""Where a report may be written: checked before anything of a submission runs."""

import contextlib
import os
import stat
import sys
from pathlib import Path

from pellucid.checker.reading.source_files import SOURCES, SubmissionError
from pellucid.files import kind_of, shown, write_whole

__all__ = ["UnwritableReportError", "check_destination", "write_report"]


class UnwritableReportError(SubmissionError):
    """The report is made, and cannot be written to where it should go."""


def check_destination(out: Path | None, path: Path) -> None:
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


def write_report(text: str, out: Path) -> None:
    """Write a report whole. Raises UnwritableReportError."""
    try:
        write_whole(out, text.encode("utf-8", "backslashreplace"))
    except (OSError, ValueError) as error:
        raise UnwritableReportError(_unwritable(out, error)) from None
