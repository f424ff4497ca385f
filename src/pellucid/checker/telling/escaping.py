"""Text of others, made harmless for where it goes: terminal codes, halves of surrogate pairs, text that runs backwards.

Markup is not handled here: HTML and XML escape it where they are written, and a terminal gets `rich.text.Text`, which has none.
"""

from dataclasses import fields, is_dataclass, replace
from typing import Any

from pellucid.escaping import printable, printable_lines

__all__ = ["for_file", "for_terminal", "printable"]


def for_terminal(report: Any) -> Any:
    """Return a report, or what is made of one, with every text printable and on one line."""
    return _changed(report, on_one_line=True)


def for_file(report: Any) -> Any:
    """Return a report, or what is made of one, with every text printable; lines stay lines."""
    return _changed(report, on_one_line=False)


def _changed(value: Any, *, on_one_line: bool) -> Any:
    if isinstance(value, str):
        return printable(value) if on_one_line else printable_lines(value)
    if is_dataclass(value) and not isinstance(value, type):
        parts = {f.name: _changed(getattr(value, f.name), on_one_line=on_one_line) for f in fields(value) if f.init}
        return replace(value, **parts)
    if isinstance(value, (list, tuple)):
        return type(value)(_changed(item, on_one_line=on_one_line) for item in value)
    if isinstance(value, dict):
        pairs = (
            (_changed(key, on_one_line=on_one_line), _changed(item, on_one_line=on_one_line))
            for key, item in value.items()
        )
        return dict(pairs)
    return value
