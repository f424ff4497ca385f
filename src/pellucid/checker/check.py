"""`pellucid.check`: a file, or a function that lives in a notebook or a module."""

import os
import types
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pellucid.checker.asking.pack import Pack
from pellucid.checker.catalogue.choosing import selection_of
from pellucid.checker.check_file import check_submission
from pellucid.checker.choosing import defined_in, pack_for
from pellucid.checker.reading.live_functions import source_of
from pellucid.checker.reading.source_files import SubmissionError
from pellucid.checker.reading.submission import Submission, read_submission
from pellucid.checker.recognising.unit_files import beside
from pellucid.checker.request import request_for
from pellucid.checker.telling.file_report import FileReport
from pellucid.checker.telling.hints import cut_to_hint
from pellucid.checker.telling.selecting import Selection, selected

__all__ = ["check"]


def check(
    what: str | Path | Any | Sequence[Any],
    *,
    pack: str | Path | Pack | None = None,
    only: Sequence[str] = (),
    units: Sequence[str] = (),
    edition: int | None = None,
    timeout: float = 10.0,
    memory: float = 4.0,
    allow_weak_sandbox: bool = False,
    fix: bool = False,
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
) -> FileReport:
    """Check a file, or functions, classes and objects of a notebook, and return the report; `print` shows it.

    A layer of no pack is recognised by what it computes: `check(MyLayer)`, `check([f, f_backward])`. A backward is judged with its
    forward; other functions that they call are found automatically. pack: a built-in pack or a file; by default the built-in one
    whose functions are defined. only: names of functions of the pack; units: layers whose names say nothing,
    "Gate(5).run(x) / undo(dout)", or files that tell them, "units.toml" (docs/any-layer.md); edition: the course's year; timeout:
    seconds for each function; memory: GiB for each function;
    allow_weak_sandbox: run a file's code even where this system lacks a necessary layer of protection (docs/security.md);
    functions of a notebook run in any case, since they are yours; fix: show corrected lines, where a small change of your own
    code makes every case pass; select, ignore: codes of mistakes that are reported or left out, or what they begin with,
    ["BN103", "LN"]. Raises CheckError where there is nothing to check.
    """
    path = Path(what) if isinstance(what, (str, os.PathLike)) else None
    functions = (
        [_with_source(one) for one in (what if isinstance(what, (list, tuple)) else [what])] if path is None else []
    )
    if pack is None:
        found = ({getattr(one, "__name__", "") for one in functions}, ()) if path is None else defined_in(path)
        pack = pack_for(found, only)
    request = request_for(
        pack=pack, only=only, units=[*units, *(beside(path) if path else ())], edition=edition, timeout=timeout, memory=memory,
        allow_weak_sandbox=allow_weak_sandbox or path is None,
    )  # fmt: skip
    selection = selection_of(select, ignore, request.pack)
    if path is not None:
        return _shown(check_submission(read_submission(path, request.pack), request), selection, fix)
    if not functions or not all(callable(one) for one in functions):
        raise SubmissionError(f"check: expected a path, a function, a layer or a list of these; got {what!r}")
    text = source_of(functions, request.pack)
    report = check_submission(Submission("notebook", "notebook", "notebook.py", {"notebook.py": text}), request)
    return _shown(report, selection, fix)


def _with_source(one: Any) -> Any:
    """Return a function or a class as it is, of another object its class: that has a source."""
    has_source = isinstance(one, (type, types.FunctionType, types.BuiltinFunctionType, np.ufunc))
    is_layer = hasattr(one, "forward") or hasattr(one, "backward") or callable(one)
    return type(one) if is_layer and not has_source else one


def _shown(report: FileReport, selection: Selection, fix: bool) -> FileReport:
    return cut_to_hint([selected(report, selection)], None, fix=fix)[0]
