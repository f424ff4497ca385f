"""`pellucid.explain`: the screen on a layer of `derive/`, with what `studies/` measured, or the page of a mistake."""

import functools
import re
import textwrap
from collections.abc import Iterator, Sequence
from typing import Any

from pellucid.checker.catalogue import mistakes
from pellucid.codes import Catalogue, Coded, tag
from pellucid.derive import Screen
from pellucid.derive import explain as explained
from pellucid.derive.catalogue import is_explained
from pellucid.derive.screen import name_of
from pellucid.derive.topics import topic_of
from pellucid.doctor import AILMENTS
from pellucid.shapes import ShapeError
from pellucid.studies import answers

__all__ = ["catalogue", "explain", "listing"]

WIDTH = 100
LIKE_A_CODE = re.compile(r"[A-Za-z]{2,3}\d+")


@functools.cache
def catalogue() -> Catalogue:
    """Return all that Pellucid finds and names; another room's findings are added here (`codes.py`)."""
    return Catalogue([*mistakes(), *AILMENTS.values()])


def explain(name: Any) -> Screen:
    """Explain a layer, a loss, an update rule, or a known mistake: "BN103", "eps-outside-root".

    Of a layer: formula, shapes, reasons, common mistakes, what the studies measured. name: "layernorm", or the class LayerNorm.
    Raises ShapeError for an unknown name.
    """
    asked = name_of(name)
    if is_explained(asked) or topic_of(asked) is not None:
        return explained(name, answers())
    known = catalogue()
    if found := known.find(asked):
        return _page(found)
    if LIKE_A_CODE.fullmatch(asked):
        raise ShapeError(
            f"explain: no mistake has the code {asked!r}{known.hint(asked)}; pellucid explain --list lists them"
        )
    return explained(asked, answers(), more={one.name: one.name for one in known})


def listing(prefix: str = "") -> Screen:
    """List the known mistakes whose codes begin with a prefix ("BN", "BN2"), a line for each. Raises ShapeError for none."""
    known = catalogue()
    found = known.beginning(prefix)
    if not found:
        letters = ", ".join(dict.fromkeys(one.code[:-3] for one in known))
        raise ShapeError(f"explain --list: no code begins with {prefix!r}; codes begin with {letters}")
    width = max(len(tag(one)) for one in found)
    return Screen("\n".join(f"{tag(one):{width}}  {one.title}" for one in found))


def _page(found: Sequence[Coded]) -> Screen:
    """Return the screen of a mistake; others with the same name are listed below it."""
    first, *others = found
    page = first.page()
    lines = [
        tag(first),
        "=" * len(tag(first)),
        *([] if first.title in page else [f"{first.title}.", ""]),
        *_as_text(page),
    ]
    if others:
        lines += ["Others with this name:", *(f"  {one.code}  {one.title}" for one in others)]
    return Screen("\n".join(lines))


def _as_text(page: str) -> Iterator[str]:
    """Yield the lines of a page in Markdown as a terminal shows them: code indented, paragraphs and points wrapped."""
    is_code, words = False, list[str]()
    for line in [*page.splitlines(), ""]:
        is_point = line.startswith("- ")
        if words and (not line or is_point or line.startswith("```")):
            indent = "  " if words[0].startswith("- ") else ""
            yield from textwrap.wrap(" ".join(words).replace("**", ""), WIDTH, subsequent_indent=indent)
            words = []
        if line.startswith("```"):
            is_code = not is_code
        elif is_code:
            yield f"    {line}"
        elif line:
            words.append(line.strip())
        else:
            yield ""
