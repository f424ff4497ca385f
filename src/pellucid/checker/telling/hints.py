"""Hints: how much of a report a learner sees. The only place that shortens one, before any format writes it."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from pellucid.checker.judging.verdicts import Cause, FunctionReport
from pellucid.checker.telling.file_report import FileReport

__all__ = ["cut_to_hint"]


def cut_to_hint(reports: Sequence[FileReport], hint: int | None, *, fix: bool = False) -> list[FileReport]:
    """Return the reports with only a nudge (1), with the line and what fails too (2), or complete (3 and None).

    Codes are left out with hints 1 and 2: the page of a code shows the correct form.

    fix: show corrected lines, which hints 1 and 2 never do.
    """
    if hint in (None, 3):
        return list(reports) if fix else [_each(report, _without_fix) for report in reports]
    cut = _nudge if hint == 1 else _place
    return [_each(report, cut) for report in reports]


def _each(report: FileReport, cut: Callable[[FunctionReport], FunctionReport]) -> FileReport:
    functions, units = ([cut(one) for one in part] for part in (report.functions, report.units))
    return replace(report, functions=functions, units=units)


def _without_fix(function: FunctionReport) -> FunctionReport:
    return replace(function, causes=[replace(cause, fix=()) for cause in function.causes])


def _nudge(function: FunctionReport) -> FunctionReport:
    if not function.is_bad:
        return function
    causes = [_nudge_of(cause) for cause in function.causes]
    known = [f"look at the case {function.failing[0].case}"] if function.failing and not causes else []
    return replace(function, causes=causes, known=known, failing=[], max_error=None, pattern=None)


def _nudge_of(cause: Cause) -> Cause:
    sentence = cause.nudge or cause.lesson or "Look at the cases that fail."
    return Cause("nudge", sentence, "", cause.confidence, evidence="", nudge=sentence, code="")


def _place(function: FunctionReport) -> FunctionReport:
    return replace(function, causes=[_place_of(cause) for cause in function.causes])


def _place_of(cause: Cause) -> Cause:
    """Return a cause without the correct form, and without the code, whose page says that too."""
    return replace(cause, explanation=cause.nudge, lesson="", formula="", fix=(), code="")
