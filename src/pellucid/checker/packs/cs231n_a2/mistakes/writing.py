"""Shorthand in which the catalogue is written."""

from collections.abc import Sequence
from typing import Any

from pellucid.checker.asking.pack import Edit, Known

__all__ = ["Changes", "convention", "hazard", "mistake"]

Change = tuple[str, str] | tuple[str, str, str]
Changes = Change | Sequence[Change]


def mistake(
    id: str, title: str, explanation: str, *changes: Changes, lesson: str = "", nudge: str = "", formula: str = "", of: str = "",
) -> Known:  # fmt: skip
    """Return a known mistake. Each change is an alternative (old, new[, form]); a list of changes is made together."""
    edits: list[list[Edit]] = []
    for change in changes:
        together: list[Any] = list(change) if isinstance(change, list) else [change]
        edits.append([Edit(old, new, form[0] if form else "", of) for old, new, *form in together])
    return Known(id, title, explanation, edits, lesson, nudge, formula)


def convention(id: str, title: str, explanation: str, *changes: Changes) -> Known:
    """Return a form that is accepted, and named."""
    known = mistake(id, title, explanation, *changes)
    return Known(known.id, known.title, known.explanation, known.edits, kind="convention")


def hazard(id: str, title: str, explanation: str, *changes: Changes) -> Known:
    """Return a form that is correct for ordinary inputs and dangerous for others."""
    known = mistake(id, title, explanation, *changes)
    return Known(known.id, known.title, known.explanation, known.edits, kind="hazard")
