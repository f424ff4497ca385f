"""Findings in words: as lines of text, and as a page."""

from collections.abc import Sequence

from pellucid.doctor.finding import AilmentFinding
from pellucid.style import page, sentence, text

__all__ = ["as_page", "as_text"]

NOTHING = "Nothing found: the run looks healthy."


def as_text(findings: Sequence[AilmentFinding]) -> str:
    """Return two lines a finding, causes first."""
    return "\n".join(map(str, findings)) if findings else NOTHING


def as_page(findings: Sequence[AilmentFinding], name: str) -> str:
    """Return a page that needs nothing outside it."""
    title = f"What the doctor found in {name}"
    parts = [f"<h1>{text(title)}</h1>"]
    parts += [_part(finding) for finding in findings] or [f"<p>{text(NOTHING)}</p>"]
    return page(title, "\n".join(parts))


def _part(finding: AilmentFinding) -> str:
    doubt = "" if finding.confidence == "high" else "Possibly "
    since = "" if finding.since_step is None else f" Since step {finding.since_step}."
    where = f"<p class='quiet'>{text(finding.where)}</p>" if finding.where else ""
    return (
        f"<h2>{text(f'{doubt}{finding.ailment}')} <small>{text(finding.code)}</small></h2>{where}"
        f"<p>{text(finding.evidence)}.{text(since)}</p><p><strong>{sentence(finding.advice)}</strong></p>"
    )
