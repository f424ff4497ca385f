"""`pellucid.check`: a file, or a function that lives in a notebook or a module."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from pellucid.checker.asking.pack import Pack
from pellucid.checker.check_file import check_submission
from pellucid.checker.reading.live_functions import source_of
from pellucid.checker.reading.source_files import SubmissionError
from pellucid.checker.reading.submission import Submission, read_submission
from pellucid.checker.request import request_for
from pellucid.checker.telling.file_report import FileReport
from pellucid.checker.telling.hints import cut_to_hint

__all__ = ["check"]


def check(
    what: str | Path | Callable[..., Any] | Sequence[Callable[..., Any]],
    *,
    pack: str | Path | Pack = "cs231n-a2",
    only: Sequence[str] = (),
    edition: int | None = None,
    timeout: float = 10.0,
    memory: float = 4.0,
    allow_weak_sandbox: bool = False,
    fix: bool = False,
) -> FileReport:
    """Check a file, or functions of a notebook, and return the report; `print` shows it.

    A backward is judged with its forward: `check([batchnorm_forward, batchnorm_backward])`. Other functions that they call are
    found automatically. only: names of functions; edition: the course's year; timeout: seconds for each function; memory: GiB
    for each function; allow_weak_sandbox: run a file's code even where this system lacks a necessary layer of protection
    (docs/security.md); functions of a notebook run in any case, since they are yours; fix: show corrected lines, where a small
    change of your own code makes every case pass. Raises CheckError where there is nothing to check.
    """
    is_file = isinstance(what, (str, os.PathLike))
    request = request_for(
        pack=pack, only=only, edition=edition, timeout=timeout, memory=memory,
        allow_weak_sandbox=allow_weak_sandbox or not is_file,
    )  # fmt: skip
    if isinstance(what, (str, os.PathLike)):
        return _shown(check_submission(read_submission(Path(what), request.pack), request), fix)
    functions: list[Any] = [what] if callable(what) else list(what) if isinstance(what, Sequence) else []
    if not functions or not all(callable(f) for f in functions):
        raise SubmissionError(f"check: expected a path, a function or a list of functions; got {what!r}")
    text = source_of(functions, request.pack)
    report = check_submission(Submission("notebook", "notebook", "notebook.py", {"notebook.py": text}), request)
    return _shown(report, fix)


def _shown(report: FileReport, fix: bool) -> FileReport:
    return cut_to_hint([report], None, fix=fix)[0]
