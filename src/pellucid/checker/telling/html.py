"""The report as one HTML page, with the pattern of the error drawn: which entries are wrong, and by how much."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from pellucid.checker.judging.verdicts import FunctionReport
from pellucid.checker.telling.escaping import for_file
from pellucid.checker.telling.file_report import FileReport, explained_by, remarks
from pellucid.checker.telling.text import is_said
from pellucid.shapes import Array
from pellucid.style import Markup, page, table, text

__all__ = ["as_html"]

CLASSES = {"correct": "good", "convention": "info", "wrong": "bad", "crashes": "bad", "missing": "doubt"}  # of verdicts
LARGEST_SIDE = 64
CELL = 14


def as_html(
    reports: Sequence[FileReport], tables: Sequence[tuple[str, Sequence[str], Sequence[Sequence[object]]]] = ()
) -> str:
    """Return a page that needs no other file; tables (heading, columns, rows) come before the files."""
    body = "".join(
        [*(_table(*each) for each in for_file(list(tables))), *(_file(report) for report in for_file(list(reports)))]
    )
    return page("Pellucid check", body)


def _table(heading: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    return f"<h1>{text(heading)}</h1>{table(columns, rows, name=heading)}"


def _file(report: FileReport) -> str:
    rows = [
        (Markup(f'<a href="#{_id(report, f)}">{text(f.name)}</a>'), _verdict(f), f"{f.passed}/{f.total}", _why(f))
        for f in report.all
    ]
    error = f'<p class="bad">{text(report.error)}</p>' if report.error else ""
    error += f'<p class="doubt">Nothing was judged: {text(report.unjudged)}.</p>' if report.unjudged else ""
    verdicts = table(("function", "verdict", "cases", "why"), rows, name=f"functions of {report.file}") if rows else ""
    sections = "".join(_section(report, f) for f in report.all)
    network = report.sandbox.get("network")
    sandbox = (
        f'<p class="quiet">The code ran with network: {text(network)}; files: {text(report.sandbox["files"])}; '
        f"layers of protection that the system lacks: {text(report.sandbox.get('missing') or 'none')}.</p>"
        if network
        else ""
    )
    notes = "".join(f'<p class="quiet">{text(note)}</p>' for note in (*remarks(report), explained_by(report)) if note)
    return f"<h1>{text(report.file)}</h1><p>Checked against {text(report.pack)} in {report.seconds:.1f} s.</p>{error}{verdicts}{sections}{notes}{sandbox}"


def _section(report: FileReport, function: FunctionReport) -> str:
    if not (function.is_bad or function.hazards or function.conventions):
        return f'<a id="{_id(report, function)}"></a>'
    parts = [f'<section id="{_id(report, function)}"><h2>{text(function.name)}: {_verdict(function)}</h2>']
    for cause in function.causes:
        code = f"<code>{text(cause.code)}</code> " if cause.code else ""
        parts.append(f"<h3>{code}{text(cause.title)}</h3><p>{text(cause.explanation)} {text(cause.lesson)}</p>")
        if cause.quoted:
            parts.append(f"<pre>line {cause.line}: {text(cause.quoted)}</pre>")
        if cause.formula:
            parts.append(f"<p>Correct: <code>{text(cause.formula)}</code></p>")
        if cause.evidence:
            parts.append(f'<p class="quiet">Confidence {cause.confidence:.0%}: {text(cause.evidence)}.</p>')
    parts += [f"<p>{text(sentence)}.</p>" for sentence in function.known]
    parts += [f"<p>Convention: {text(c['title'])}. {text(c['explanation'])}</p>" for c in function.conventions]
    parts += [f"<p>Hazard, {text(h.tag)}: {text(h.detail)}</p>" for h in function.hazards]
    if function.pattern is not None:
        parts.append(_drawn(function.pattern))
    if function.failing:
        rows = [(f.case, f.output, "as above" if is_said(function, f) else str(f)) for f in function.failing]
        shown = table(("case", "output", "error"), rows, name="failing outputs")
        parts.append(f"<details><summary>{len(function.failing)} failing outputs</summary>{shown}</details>")
    return "".join(parts) + "</section>"


def _drawn(pattern: dict[str, Any]) -> str:
    """Draw |got - expected| as a grid: empty is correct, a stronger colour is further off; NaN has the colour of text."""
    got, expected = np.asarray(np.real(pattern["got"]), float), np.asarray(np.real(pattern["expected"]), float)
    with np.errstate(all="ignore"):
        error = _as_matrix(np.abs(got - expected))[:LARGEST_SIDE, :LARGEST_SIDE]
    finite = error[np.isfinite(error)]
    top = float(finite.max()) if finite.size and finite.max() > 0 else 1.0
    cells = []
    for i, row in enumerate(error):
        for j, value in enumerate(row):
            shade = f"rgb(var(--vermilion-rgb)/{value / top:.2f})" if np.isfinite(value) else "var(--ink)"
            cells.append(
                f'<rect x="{j * CELL}" y="{i * CELL}" width="{CELL}" height="{CELL}" style="fill:{shade}"><title>{value:.3g}</title></rect>'
            )
    height, width = error.shape[0] * CELL, error.shape[1] * CELL
    name = f"{pattern['output']} of shape {got.shape} in the case {pattern['case']}"
    caption = f'<p class="quiet">{text(name)}: empty entries are correct; the largest difference is {top:.3g}.</p>'
    return f'<svg class="grid" viewBox="0 0 {width} {height}" width="{width}" role="img" aria-label="{text(name)}">{"".join(cells)}</svg>{caption}'


def _as_matrix(values: Array) -> Array:
    """Stack the leading axes as rows; the last axis runs across."""
    return values.reshape(-1, values.shape[-1]) if values.ndim > 1 else values.reshape(1, -1)


def _why(function: FunctionReport) -> str:
    return "; ".join(
        [c.heading for c in function.causes] or function.known[:1] or [c["title"] for c in function.conventions]
    )


def _verdict(function: FunctionReport) -> Markup:
    return Markup(f'<span class="{CLASSES.get(function.verdict, "quiet")}">{text(function.verdict)}</span>')


def _id(report: FileReport, function: FunctionReport) -> str:
    return text(f"{report.file}-{function.name}")
