"""A study's report: one HTML page that needs nothing outside it."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from pellucid.studies.quick_look import beside_the_full_run, cannot_decide
from pellucid.studies.results import answer_to
from pellucid.studies.statistics import Finding
from pellucid.studies.study import Study
from pellucid.studies.table import Table
from pellucid.studies.wording import wording_of

__all__ = ["command_of", "report_page"]

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 62em; margin: 2em auto; padding: 0 1em; color: #222 }
table { border-collapse: collapse; margin: 1em 0; font-size: 14px }
td, th { border-bottom: 1px solid #ccc; padding: .3em .7em; text-align: left }
.verdict { border-left: 6px solid #0072B2; padding: .4em 1em; background: #eef4f9; font-size: 18px } .does { border-color: #D55E00 }
.undecided { border-color: #999 } svg { max-width: 100%; height: auto } dt { font-weight: bold }
code { background: #f2f2f2; padding: 0 .2em }
@media print { body { max-width: none; margin: 0 } }
"""


def report_page(
    study: Study, about: Mapping[str, Any], table: Table, findings: Sequence[Finding], verdict: str, svg: str
) -> str:
    """Return the page."""
    drawing = svg[svg.index("<svg") :]
    parts = [
        ("Source", study.source),
        ("Design of a full run" if about["quick"] else "Design", study.design),
        *([("Reduced before the run", study.reduced)] if study.reduced else []),
        ("Measure", study.measure),
        ("Statistic", study.statistic),
        ("The smallest effect that would matter", study.matters),
        ("Data", data_line(about)),
        ("Command", command_of(study, about)),
    ]
    words = "".join(f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in parts)
    missing = (
        f"<p><b>{len(table)} of {table.expected} trials are done: the study is incomplete.</b></p>"
        if len(table) < table.expected
        else ""
    )
    table_of_findings = _findings_table(findings)
    judged, caption = f"Verdict: <b>{escape(verdict)}</b>", ""
    if about["quick"]:
        table_of_findings = _quick_table(study, findings)
        judged = f"A quick run, without a verdict. The full run: {escape(answer_to(study))}"
        why = escape(cannot_decide(study, about, findings))
        caption = f"<p><b>The figure shows the quick run, which decides nothing: {why}.</b></p>"
    kind = "undecided" if about["quick"] else verdict.split()[0]
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{escape(study.name)}</title><style>{STYLE}</style></head><body>
<h1>{escape(study.name)}</h1>
<p>{escape(study.claim)}</p>
<p class="verdict {kind}">{judged}</p>
{missing}{table_of_findings}
{caption}{drawing}
<p>Lines are medians over the seeds; bands reach from the smallest to the largest seed.</p>
<dl>{words}</dl>
</body></html>
"""


def data_line(about: Mapping[str, Any]) -> str:
    """Say which data: name, sizes, digest, seeds, the table of layers."""
    train, held = about.get("pool", ("?", "?"))
    jpeg = " (JPEG copies of the images, where the folder holds those)" if about["data"] == "cifar10" else ""
    return (
        f"{about['data']}{jpeg}, a pool of {train:,} training and {held:,} validation samples, digest {about['digest']}; "
        f"{about['seeds']} seeds; layers: {about['layers']}"
    )


def command_of(study: Study, about: Mapping[str, Any]) -> str:
    """The command that repeats it."""
    quick = " --quick" if about["quick"] else ""
    return f"pellucid study run {study.name} --data {about['data']} --seeds {about['seeds']}{quick}"


def _quick_table(study: Study, findings: Sequence[Finding]) -> str:
    """Each statement as the full run found it, and beside it what the quick run gave."""
    rows = [
        f"<tr><td>{escape(full)}</td><td>{escape(quick)}</td></tr>"
        for full, quick in beside_the_full_run(study, findings)
    ]
    return f"<table><tr><th>the full run</th><th>this quick run</th></tr>{''.join(rows)}</table>"


def _findings_table(findings: Sequence[Finding]) -> str:
    rows = []
    for finding in findings:
        statement, size, effect, required = wording_of(finding)
        also = "" if finding.decides else " (also reported)"
        cells = (statement + also, size, effect.interval, str(effect.seeds), required, finding.verdict)
        rows.append("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>")
    head = "".join(f"<th>{name}</th>" for name in ("statement", "effect", "interval", "seeds", "required", "verdict"))
    return f"<table><tr>{head}</tr>{''.join(rows)}</table>"
