"""report.html: one self-contained page about a run."""

from collections.abc import Callable

from pellucid.style import page, text
from pellucid.train.report import advice, confusions, sections, top
from pellucid.train.report.facts import RunFacts

__all__ = ["report_page"]


def report_page(facts: RunFacts) -> str:
    """Return the page: what came of the run and why, what to look at, and everything needed to repeat it."""
    return page(facts.title, "\n".join(found for section in SECTIONS if (found := section(facts))))


def network(facts: RunFacts) -> str:
    """Return the network as a table of text."""
    return f"<h2>Network</h2><pre tabindex='0'>{text(facts.description)}</pre>"


SECTIONS: tuple[Callable[[RunFacts], str], ...] = (
    top.result,
    top.decided,
    advice.findings,
    top.settings_in_force,
    confusions.confused_most,
    sections.each_target,
    sections.largest_errors,
    advice.next_steps,
    sections.curves,
    confusions.matrix,
    confusions.each_class,
    sections.filters,
    confusions.confident_mistakes,
    sections.numbers,
    sections.column_importance,
    sections.table_columns,
    network,
    sections.the_files,
    sections.repeat,
)
