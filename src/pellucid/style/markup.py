"""Parts of a page: escaped text, tables, pictures."""

import base64
import re
import struct
from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

from pellucid.escaping import printable_lines

__all__ = ["FIGURE", "Markup", "notebook_table", "picture", "sentence", "share_bar", "table", "text"]

FIGURE = "max-width:100%;height:auto"
LONG = 24  # characters
_CELL = "padding:.3em 1em .3em 0;vertical-align:top;border-bottom:1px solid rgba(128,128,128,.35)"


class Markup(str):
    """HTML that this package made: `table` puts it into a cell as it is."""


def text(value: object) -> str:
    """Return text for a page: markup escaped, characters that cannot be seen written out."""
    return escape(printable_lines(str(value)))


def sentence(value: object) -> Markup:
    """Return text for a page, in which what stands between backticks is code."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", text(value)))


def table(head: Sequence[str], rows: Iterable[Sequence[Any]], *, caption: str = "", name: str = "") -> Markup:
    """Return a table for a page, which scrolls by itself where it is wider than the screen.

    Numbers are right-aligned, floats as they are given (format them); a column whose cells are numbers, or text that starts like
    one, is a column of numbers. `name` is what a screen reader calls the table; `caption` is visible.
    """
    rows = [tuple(row) for row in rows]
    classes = [_class([row[place] for row in rows]) for place in range(len(head))]
    labels = "".join(f"<th scope='col'{kind}>{text(label)}</th>" for label, kind in zip(head, classes, strict=True))
    title = f"<caption>{text(caption)}</caption>" if caption else ""
    called = f" aria-label='{text(name)}'" if name else ""
    return Markup(
        f"<div class='scroll' tabindex='0' role='group'{called}><table>{title}<thead><tr>{labels}</tr></thead>"
        f"<tbody>{_lines(rows, classes)}</tbody></table></div>"
    )


def notebook_table(head: Sequence[str], rows: Iterable[Sequence[Any]], caption: str = "") -> str:
    """Return a table in a notebook's own colours: padding and lines are in the cells, since notebooks drop stylesheets."""
    rows = [tuple(row) for row in rows]
    numeric = [_is_numeric([row[place] for row in rows]) for place in range(len(head))]
    styles = [f" style='text-align:{'right' if right else 'left'};{_CELL}'" for right in numeric]
    title = f"<caption style='text-align:left;padding:.3em 0'>{text(caption)}</caption>" if caption else ""
    labels = "".join(f"<th{style}>{text(label)}</th>" for label, style in zip(head, styles, strict=True))
    return (
        f"<table style='border-collapse:collapse;font-variant-numeric:tabular-nums'>{title}<thead><tr>{labels}</tr></thead>"
        f"<tbody>{_lines(rows, styles)}</tbody></table>"
    )


def picture(png: bytes, alt: str, *, scale: float = 1.0, classes: str = "") -> Markup:
    """Return a PNG as HTML with a fixed size (its own, divided by `scale`), so that what follows does not move when it changes."""
    width, height = (round(side / scale) for side in struct.unpack(">II", png[16:24]))
    called = f' class="{classes}"' if classes else f' style="{FIGURE}"'
    source = base64.b64encode(png).decode()
    return Markup(
        f'<img alt="{text(alt)}" width="{width}" height="{height}"{called} src="data:image/png;base64,{source}">'
    )


def share_bar(share: float) -> Markup:
    """Return a bar for a cell of a table, as long as a share (0 to 1) of it; another cell states the number."""
    width = 100 * min(max(share, 0.0), 1.0)
    return Markup(f'<div class="bar" aria-hidden="true">&nbsp;<span style="width:{width:.1f}%"></span></div>')


def _lines(rows: Sequence[Sequence[Any]], attributes: Sequence[str]) -> str:
    """Return the rows of a table, each cell with the attributes of its column."""
    cells = (zip(row, attributes, strict=True) for row in rows)
    return "".join(f"<tr>{''.join(f'<td{own}>{_shown(value)}</td>' for value, own in row)}</tr>" for row in cells)


def _is_numeric(values: Sequence[Any]) -> bool:
    """Whether a column holds numbers, some perhaps left empty; text with digits in front counts ("1.2 s", "98.0%")."""
    shown = [str(value) for value in values if str(value) and not isinstance(value, Markup)]
    return bool(shown) and all(value.lstrip("+-−±")[:1].isdigit() or value in ("nan", "inf", "-") for value in shown)


def _class(values: Sequence[Any]) -> str:
    """Return the class of a column: of numbers, of long text (which needs some width on a phone), or none."""
    if _is_numeric(values):
        return " class='n'"
    longest = max((len(str(value)) for value in values if not isinstance(value, Markup)), default=0)
    return " class='w'" if longest > LONG else ""


def _shown(value: Any) -> str:
    if isinstance(value, Markup):
        return value
    return text(f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else value)
