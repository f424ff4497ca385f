"""A study's report: one HTML page that needs nothing outside it."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pellucid.studies.quick_look import beside_the_full_run, cannot_decide
from pellucid.studies.results import answer_to
from pellucid.studies.statistics import Finding
from pellucid.studies.study import Study
from pellucid.studies.table import Table
from pellucid.studies.wording import wording_of
from pellucid.style import inline_svg, page, sentence, text
from pellucid.style import table as html_table

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["command_of", "report_page"]

KINDS = {"holds": "", "does": " warn", "undecided": " idle"}  # of a verdict's first word: the colour of its box


def report_page(
    study: Study,
    about: Mapping[str, Any],
    table: Table,
    findings: Sequence[Finding],
    verdict: str,
    figure: "Figure",
) -> str:
    """Return the page."""
    parts = [
        ("Source", study.source),
        ("Design of a full run" if about["quick"] else "Design", study.design),
        *([("Reduced before the run", study.reduced)] if study.reduced else []),
        ("Measure", study.measure),
        ("Statistic", study.statistic),
        ("The smallest effect that would matter", study.matters),
        ("Data", data_line(about)),
        ("Command", f"`{command_of(study, about)}`"),
    ]
    words = "".join(f"<h3>{text(name)}</h3><p>{sentence(said)}</p>" for name, said in parts)
    missing = (
        f"<p><b>{len(table)} of {table.expected} trials are done: the study is incomplete.</b></p>"
        if len(table) < table.expected
        else ""
    )
    judged, table_of_findings, note = f"Verdict: <b>{text(verdict)}</b>", _findings_table(findings), ""
    if about["quick"]:
        judged = f"A quick run, without a verdict. The full run: {text(answer_to(study))}"
        table_of_findings = _quick_table(study, findings)
        why = text(cannot_decide(study, about, findings))
        note = f"<p><b>The figure shows the quick run, which decides nothing: {why}.</b></p>"
    kind = "" if about["quick"] else KINDS.get(verdict.split()[0], "")
    drawing = inline_svg(figure, "study", f"Results of the study {study.name}; the numbers are in the table above")
    body = f"""<h1>{text(study.name)}</h1>
<p>{text(study.claim)}</p>
<div class="note{kind}"><p>{judged}</p></div>
{missing}
<h2>Findings</h2>{table_of_findings}
<h2>Figure</h2>{note}<figure class="wide">{drawing}
<figcaption>Lines are medians over the seeds; bands reach from the smallest to the largest seed.</figcaption></figure>
<h2>How it was measured</h2>{words}"""
    return page(study.name, body)


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
    return html_table(("the full run", "this quick run"), beside_the_full_run(study, findings), name="findings")


def _findings_table(findings: Sequence[Finding]) -> str:
    rows = []
    for finding in findings:
        statement, size, effect, required = wording_of(finding)
        also = "" if finding.decides else " (also reported)"
        rows.append((statement + also, size, effect.interval, str(effect.seeds), required, finding.verdict))
    head = ("statement", "effect", "interval", "seeds", "required", "verdict")
    return html_table(head, rows, name="findings")
