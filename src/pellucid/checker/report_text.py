"""The report on a terminal: a table, then a paragraph for each mistake, with the learner's own line quoted."""

import io
from collections.abc import Sequence
from typing import Any

from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from pellucid.checker.verdicts import FileReport, FunctionReport

__all__ = ["as_text", "print_report"]

COLOURS = {"correct": "green", "wrong": "red", "convention": "cyan", "crashes": "red", "missing": "yellow"}
MOST_FAILING = 4


def print_report(report: FileReport, console: Console, hint: int | None = None) -> None:
    """Print a report; hint 1 gives a nudge only, 2 the place too, 3 (and None) everything."""
    console.print(_table(report))
    for function in report.functions:
        for line in _paragraph(function, 3 if hint is None else hint):
            console.print(line, soft_wrap=False)


def as_text(report: FileReport) -> str:
    """Return the report as plain text of 100 columns."""
    stream = io.StringIO()
    print_report(report, Console(file=stream, width=100, color_system=None))
    return stream.getvalue()


def _table(report: FileReport) -> Group:
    parts: list[Any] = [Text(f"{report.file} against {report.pack}, {report.seconds:.1f} s", style="bold")]
    if report.error:
        parts.append(Text(report.error, style="red"))
    if report.functions:
        table = Table(box=None, pad_edge=False, header_style="dim")
        for heading in ("function", "verdict", "cases", "why"):
            table.add_column(heading, justify="right" if heading == "cases" else "left")
        for function in report.functions:
            table.add_row(
                function.name,
                Text(function.verdict, style=COLOURS[function.verdict]),
                f"{function.passed}/{function.total}",
                Text(_why(function)),
            )
        parts.append(table)
    if report.sandbox and report.sandbox.get("network") == "open":
        parts.append(Text("This system let the code keep its network.", style="yellow"))
    return Group(*parts)


def _why(function: FunctionReport) -> str:
    if function.causes:
        return "; ".join(cause.title for cause in function.causes)
    if function.is_bad:
        return function.known[0] if function.known else "see below"
    notes = [c["title"] for c in function.conventions] + [f"hazard: {hazard.id}" for hazard in function.hazards]
    return "; ".join(notes)


def _paragraph(function: FunctionReport, hint: int) -> Sequence[Text]:
    lines: list[Text] = []
    if function.is_bad:
        lines += [Text(""), Text(f"{function.name} {_is(function)}", style="bold red")]
        for cause in function.causes:
            lines += [Text("  " + text) for text in _cause_lines(cause, hint)]
        if hint >= 2:
            lines += [Text("  " + sentence + ".") for sentence in function.known]
        if hint >= 2 and function.own_gradient_check == "passes" and "backward" in function.name:
            lines.append(
                Text(
                    "  It is the gradient of your own forward: a gradient check cannot see this, or the forward is wrong."
                )
            )
        for failure in function.failing[: MOST_FAILING if hint >= 2 else 0]:
            told = failure.told or f"off by {failure.error:.2g} of its largest value"
            lines.append(Text(f"  {failure.case}: {failure.output}: {told}", style="dim"))
        if hint >= 2 and len(function.failing) > MOST_FAILING:
            lines.append(Text(f"  ... and {len(function.failing) - MOST_FAILING} more", style="dim"))
    if function.hazards:
        lines += [Text(""), Text(f"{function.name}: hazards", style="bold yellow")] if not function.is_bad else []
        lines += [Text(f"  hazard, {hazard.id}: {hazard.detail}", style="yellow") for hazard in function.hazards]
    return lines


def _is(function: FunctionReport) -> str:
    return "crashes" if function.verdict == "crashes" else "is wrong"


def _cause_lines(cause: Any, hint: int) -> list[str]:
    if hint == 1:
        return [cause.nudge or cause.lesson or "Look at the cases that fail."]
    lines = [f"{cause.title} (confidence {cause.confidence:.0%}: {cause.evidence})"]
    if cause.quoted:
        lines.append(f"line {cause.line}: {cause.quoted}")
    if cause.nudge and hint == 2:
        lines.append(cause.nudge)
    if hint >= 3:
        lines.append(cause.explanation + (f" {cause.lesson}" if cause.lesson else ""))
        if cause.formula:
            lines.append(f"right: {cause.formula}")
    return lines
