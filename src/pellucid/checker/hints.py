"""Hints: a report cut down to what a learner is to be told, before any format writes it."""

from collections.abc import Sequence
from dataclasses import replace

from pellucid.checker.verdicts import Cause, FileReport, FunctionReport

__all__ = ["cut_to_hint"]


def cut_to_hint(reports: Sequence[FileReport], hint: int | None) -> list[FileReport]:
    """Return the reports with a nudge only (1), with the place and what fails too (2), or whole (3 and None)."""
    if hint in (None, 3):
        return list(reports)
    cut = _nudged if hint == 1 else _placed
    return [replace(report, functions=[cut(function) for function in report.functions]) for report in reports]


def _nudged(function: FunctionReport) -> FunctionReport:
    if not function.is_bad:
        return function
    causes = [_nudge(cause) for cause in function.causes]
    known = [f"look at the case {function.failing[0].case}"] if function.failing and not causes else []
    return replace(function, causes=causes, known=known, failing=[], max_error=None, pattern=None)


def _nudge(cause: Cause) -> Cause:
    said = cause.nudge or cause.lesson or "Look at the cases that fail."
    return Cause("nudge", said, "", cause.confidence, cause.evidence, nudge=said)


def _placed(function: FunctionReport) -> FunctionReport:
    causes = [replace(cause, explanation=cause.nudge, lesson="", formula="") for cause in function.causes]
    return replace(function, causes=causes)
