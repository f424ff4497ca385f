"""The report as one HTML page, with the pattern of the error drawn: which entries are wrong, and by how much."""

import html
from collections.abc import Sequence
from typing import Any

import numpy as np

from pellucid.checker.judging.verdicts import FunctionReport
from pellucid.checker.telling.escaping import for_file
from pellucid.checker.telling.file_report import FileReport
from pellucid.checker.telling.text import is_said
from pellucid.shapes import Array

__all__ = ["as_html"]

STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222;background:#fff}
table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.25rem .6rem;border-bottom:1px solid #ddd;vertical-align:top}
code,pre{font:14px ui-monospace,monospace;background:#f4f4f2;padding:.1rem .3rem}pre{padding:.5rem;overflow-x:auto}
.correct{color:#1a7f37}.wrong,.crashes{color:#b3261e}.convention{color:#0b6bcb}.missing{color:#8a6100}section{margin:2rem 0}.quiet{color:#666}
svg{max-width:100%;height:auto}
"""
LARGEST_SIDE = 64
CELL = 14


def as_html(
    reports: Sequence[FileReport], tables: Sequence[tuple[str, Sequence[str], Sequence[Sequence[object]]]] = ()
) -> str:
    """Return a page that needs no other file; tables (heading, columns, rows) come before the files."""
    body = "".join(
        [*(_table(*table) for table in for_file(list(tables))), *(_file(report) for report in for_file(list(reports)))]
    )
    return f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Pellucid check</title><style>{STYLE}</style><body>{body}</body></html>\n'


def _table(heading: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    head = "".join(f"<th>{_e(name)}</th>" for name in columns)
    lines = "".join("<tr>" + "".join(f"<td>{_e(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<h1>{_e(heading)}</h1><table><tr>{head}</tr>{lines}</table>"


def _file(report: FileReport) -> str:
    rows = "".join(
        f'<tr><td><a href="#{_id(report, f)}">{_e(f.name)}</a></td><td class="{f.verdict}">{f.verdict}</td><td>{f.passed}/{f.total}</td><td>{_e(_why(f))}</td></tr>'
        for f in report.functions
    )
    error = f'<p class="wrong">{_e(report.error)}</p>' if report.error else ""
    error += f'<p class="missing">Nothing was judged: {_e(report.unjudged)}.</p>' if report.unjudged else ""
    table = f"<table><tr><th>function</th><th>verdict</th><th>cases</th><th>why</th></tr>{rows}</table>" if rows else ""
    sections = "".join(_section(report, f) for f in report.functions)
    network = report.sandbox.get("network")
    sandbox = (
        f'<p class="quiet">The code ran with network: {_e(network)}; files: {_e(report.sandbox["files"])}; '
        f"layers of protection that the system lacks: {_e(report.sandbox.get('missing') or 'none')}.</p>"
        if network
        else ""
    )
    return f"<h1>{_e(report.file)}</h1><p>Checked against {_e(report.pack)} in {report.seconds:.1f} s.</p>{error}{table}{sections}{sandbox}"


def _section(report: FileReport, function: FunctionReport) -> str:
    if not (function.is_bad or function.hazards or function.conventions):
        return f'<a id="{_id(report, function)}"></a>'
    parts = [
        f'<section id="{_id(report, function)}"><h2>{_e(function.name)}: <span class="{function.verdict}">{function.verdict}</span></h2>'
    ]
    for cause in function.causes:
        parts.append(f"<h3>{_e(cause.title)}</h3><p>{_e(cause.explanation)} {_e(cause.lesson)}</p>")
        if cause.quoted:
            parts.append(f"<pre>line {cause.line}: {_e(cause.quoted)}</pre>")
        if cause.formula:
            parts.append(f"<p>Correct: <code>{_e(cause.formula)}</code></p>")
        if cause.evidence:
            parts.append(f'<p class="quiet">Confidence {cause.confidence:.0%}: {_e(cause.evidence)}.</p>')
    parts += [f"<p>{_e(sentence)}.</p>" for sentence in function.known]
    parts += [f"<p>Convention: {_e(c['title'])}. {_e(c['explanation'])}</p>" for c in function.conventions]
    parts += [f"<p>Hazard, {_e(h.id)}: {_e(h.detail)}</p>" for h in function.hazards]
    if function.pattern is not None:
        parts.append(_drawn(function.pattern))
    if function.failing:
        rows = "".join(
            f"<tr><td>{_e(f.case)}</td><td>{_e(f.output)}</td><td>{_e('as above' if is_said(function, f) else f)}</td></tr>"
            for f in function.failing
        )
        parts.append(
            f"<details><summary>{len(function.failing)} failing outputs</summary><table><tr><th>case</th><th>output</th><th>error</th></tr>{rows}</table></details>"
        )
    return "".join(parts) + "</section>"


def _drawn(pattern: dict[str, Any]) -> str:
    """Draw |got - expected| as a grid: white is correct, darker is further off; NaN is black."""
    got, expected = np.asarray(np.real(pattern["got"]), float), np.asarray(np.real(pattern["expected"]), float)
    with np.errstate(all="ignore"):
        error = _as_matrix(np.abs(got - expected))[:LARGEST_SIDE, :LARGEST_SIDE]
    finite = error[np.isfinite(error)]
    top = float(finite.max()) if finite.size and finite.max() > 0 else 1.0
    cells = []
    for i, row in enumerate(error):
        for j, value in enumerate(row):
            shade = "#000" if not np.isfinite(value) else f"hsl(4 70% {100 - 55 * value / top:.0f}%)"
            cells.append(
                f'<rect x="{j * CELL}" y="{i * CELL}" width="{CELL}" height="{CELL}" fill="{shade}" stroke="#ccc"><title>{value:.3g}</title></rect>'
            )
    height, width = error.shape[0] * CELL, error.shape[1] * CELL
    name = f"{pattern['output']} of shape {got.shape} in the case {pattern['case']}"
    caption = f'<p class="quiet">{_e(name)}: white entries are correct; the largest difference is {top:.3g}.</p>'
    return f'<svg viewBox="0 0 {width} {height}" width="{width}" role="img" aria-label="{_e(name)}">{"".join(cells)}</svg>{caption}'


def _as_matrix(values: Array) -> Array:
    """Stack the leading axes as rows; the last axis runs across."""
    return values.reshape(-1, values.shape[-1]) if values.ndim > 1 else values.reshape(1, -1)


def _why(function: FunctionReport) -> str:
    return "; ".join(
        [c.title for c in function.causes] or function.known[:1] or [c["title"] for c in function.conventions]
    )


def _id(report: FileReport, function: FunctionReport) -> str:
    return _e(f"{report.file}-{function.name}")


def _e(text: object) -> str:
    return html.escape(str(text))
