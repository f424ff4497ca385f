"""Shorthand in which the catalogue is written: `mistake("BN103 eps-outside-root", "eps outside the square root", ...)`."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from pellucid.checker.asking.pack import Edit, Known
from pellucid.codes import parted

__all__ = ["Changes", "convention", "hazard", "mistake"]

Change = tuple[str, str] | tuple[str, str, str]
Changes = Change | Sequence[Change]


def mistake(
    tag: str, title: str, explanation: str, *changes: Changes, lesson: str = "", nudge: str = "", formula: str = "", of: str = "",
) -> Known:  # fmt: skip
    """Return a known mistake. tag: its code and its id, such as "BN103 eps-outside-root".

    Each change is an alternative (old, new[, form]); a list of changes is made together.
    """
    code, id = parted(tag)
    edits: list[list[Edit]] = []
    for change in changes:
        together: list[Any] = list(change) if isinstance(change, list) else [change]
        edits.append([Edit(old, new, form[0] if form else "", of) for old, new, *form in together])
    return Known(id, title, explanation, edits, lesson, nudge, formula, code=code)


def convention(tag: str, title: str, explanation: str, *changes: Changes) -> Known:
    """Return a form that is accepted, and named."""
    return replace(mistake(tag, title, explanation, *changes), kind="convention")


def hazard(tag: str, title: str, explanation: str, *changes: Changes) -> Known:
    """Return a form that is correct for ordinary inputs and dangerous for others."""
    return replace(mistake(tag, title, explanation, *changes), kind="hazard")
