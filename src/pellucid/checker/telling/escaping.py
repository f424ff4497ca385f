"""Text of others, made harmless for where it goes: terminal codes, halves of surrogate pairs, text that runs backwards, floods.

Markup is not handled here: HTML and XML escape it where they are written, and a terminal gets `rich.text.Text`, which has none.
"""

from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from typing import Any

from pellucid.escaping import printable, printable_lines

__all__ = ["for_file", "for_terminal", "shortened"]

LONGEST_TEXT = 4_000


def for_terminal(report: Any) -> Any:
    """Return a report, or what is made of one, with every text printable and on one line."""
    return _changed(report, printable)


def for_file(report: Any) -> Any:
    """Return a report, or what is made of one, with every text printable; lines stay lines."""
    return _changed(report, printable_lines)


def shortened(report: Any) -> Any:
    """Return a report with no text longer than a page: a message, a name or a quoted line can have megabytes."""
    return _changed(report, lambda text: text if len(text) <= LONGEST_TEXT else text[:LONGEST_TEXT] + "...")


def _changed(value: Any, change: Callable[[str], str]) -> Any:
    """Return a report with every text changed."""
    if isinstance(value, str):
        return change(value)
    if is_dataclass(value) and not isinstance(value, type):
        parts = {f.name: _changed(getattr(value, f.name), change) for f in fields(value) if f.init}
        return replace(value, **parts)
    if isinstance(value, (list, tuple)):
        return type(value)(_changed(item, change) for item in value)
    if isinstance(value, dict):
        return {_changed(key, change): _changed(item, change) for key, item in value.items()}
    return value
