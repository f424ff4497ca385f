"""Verdicts on a terminal: a table, then a paragraph for each mistake, with the learner's own line quoted."""

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from pellucid.checker.judging.verdicts import Cause, Failure, FunctionReport, on_one_line

__all__ = ["failure_lines", "function_paragraph", "function_table", "hanging", "is_said"]

COLOURS = {"correct": "green", "wrong": "red", "convention": "cyan", "crashes": "red", "missing": "yellow"}
DIFF = {"-": "red", "+": "green"}
FAILURES_SHOWN = 4
INDENT = 4  # of what goes on from the line above
WIDEST_NAME = 24  # in a table


def hanging(line: Text, console: Console, width: int = 0) -> Text:
    """Return a line that goes on further in where it is too long: no text of others begins where the checker's own lines do."""
    width = max(30, width or console.width)
    indent = len(line.plain) - len(line.plain.lstrip(" "))
    first = next(iter(line[indent:].wrap(console, width - indent)), Text(""))
    rest = line[indent + len(first.plain) :]
    rest = rest[len(rest.plain) - len(rest.plain.lstrip(" ")) :]
    parts: Iterable[Text] = rest.wrap(console, width - indent - INDENT) if rest.plain else ()
    lines = [Text(" " * indent) + first, *(Text(" " * (indent + INDENT)) + part for part in parts)]
    return Text("\n", style=line.style).join(lines)


def function_table(functions: Sequence[FunctionReport]) -> Table:
    """Return the table of verdicts, a row for each function."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("function", "verdict", "cases", "why"):
        table.add_column(heading, justify="right" if heading == "cases" else "left")
    for function in functions:
        verdict = Text(function.verdict, style=COLOURS.get(function.verdict, ""))
        table.add_row(
            Text(_in_two_lines(function.name)),
            verdict,
            f"{function.passed}/{function.total}",
            Text(on_one_line(_why(function))),
        )
    return table


def _in_two_lines(name: str) -> str:
    """Return a long name of a method with its class on a line of its own: cut short, several would look the same."""
    holder, _, method = name.partition(".")
    return f"{holder}.\n  {method}" if method and len(name) > WIDEST_NAME else name


def function_paragraph(function: FunctionReport) -> list[Text]:
    """Return the lines about a function's mistakes and hazards; none where there are no such."""
    lines = _mistake_lines(function) if function.is_bad else []
    if function.hazards and not function.is_bad:
        lines += [Text(""), Text(f"{function.name}: hazards", style="bold yellow")]
    return lines + [_indented(f"hazard, {hazard.tag}: {hazard.detail}", "yellow") for hazard in function.hazards]


def _mistake_lines(function: FunctionReport) -> list[Text]:
    verdict = "crashes" if function.verdict == "crashes" else "is wrong"
    lines = [Text(""), Text(f"{function.name} {verdict}", style="bold red")]
    for cause in function.causes:
        lines += [_indented(text) for text in _cause_lines(cause)]
        lines += [Text("    " + line, style=DIFF.get(line[:1], "dim")) for line in cause.fix]
    lines += [_indented(f"{sentence}.") for sentence in function.known]
    failures = failure_lines(function)
    lines += [_indented(line, "dim") for line in failures[:FAILURES_SHOWN]]
    if len(failures) > FAILURES_SHOWN:
        lines.append(_indented(f"... and {len(failures) - FAILURES_SHOWN} more", "dim"))
    return lines


def _indented(text: str, style: str = "") -> Text:
    return Text("  " + on_one_line(text), style=style)


def failure_lines(function: FunctionReport) -> list[str]:
    """Return a line for each failing output; those whose reason is said above them share one line that names their cases."""
    said = [is_said(function, failure) for failure in function.failing]
    lines = [f"{f.case}: {f.output}: {f}" for f, above in zip(function.failing, said, strict=True) if not above]
    cases = list(dict.fromkeys(f.case for f, above in zip(function.failing, said, strict=True) if above))
    if not cases:
        return lines
    more = f"; and {len(cases) - FAILURES_SHOWN} more" if len(cases) > FAILURES_SHOWN else ""
    return [f"cases: {'; '.join(cases[:FAILURES_SHOWN])}{more}", *lines]


def is_said(function: FunctionReport, failure: Failure) -> bool:
    """Whether a cause's title, or a sentence about all failures, says why an output is wrong."""
    titles = {title for cause in function.causes for title in (cause.title, f"{cause.title} (line {cause.line})")}
    reason = _without_guess(failure.detail)
    in_title = any(title == reason or title.endswith(f": {reason}") for title in map(_without_guess, titles))
    return failure.detail != "" and (in_title or f"{failure.output}: {failure}" in function.known)


def _without_guess(detail: str) -> str:
    """Return a reason without the guess in parentheses behind a time-out, which differs from case to case on a busy machine."""
    return detail.partition(" (")[0] if "did not end within" in detail else detail


def _why(function: FunctionReport) -> str:
    if function.causes:
        return "; ".join(dict.fromkeys(cause.heading for cause in function.causes))
    if function.is_bad:
        return function.known[0] if function.known else "see below"
    notes = [c["title"] for c in function.conventions] + [f"hazard: {hazard.tag}" for hazard in function.hazards]
    return "; ".join(notes)


def _cause_lines(cause: Cause) -> list[str]:
    evidence = f" (confidence {cause.confidence:.0%}: {cause.evidence})" if cause.evidence else ""
    lines = [cause.heading + evidence]
    if cause.quoted:
        lines.append(f"line {cause.line}: {cause.quoted}")
    explanation = " ".join(text for text in (cause.explanation, cause.lesson) if text)
    lines += [explanation] if explanation else []
    lines += [f"correct: {cause.formula}"] if cause.formula else []
    return lines
