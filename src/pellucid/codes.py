"""What Pellucid finds wrong has a code, a name and a page: mistakes in layers, ailments of training runs.

A finding is any object with the attributes of `Coded`. Each room that finds something returns its findings from one function;
`Catalogue` joins them, and `pellucid explain CODE` shows the page. To add findings of another room:

1. Choose a prefix that nobody has (`docs/adding-a-mistake.md` lists them): two or three capital letters.
2. Give each finding a code (prefix and three digits) that is never reused, a name in words with hyphens, a title of one line,
   and `page()`, its text in Markdown without the heading.
3. Add the room's function to `catalogue` in `screens.py`, which stands above all rooms. Nothing else has to be registered.

Where a report shows a finding, it writes `tag(finding)`: "BN103 eps-outside-root".
"""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Protocol

from pellucid.shapes import did_you_mean, meant

__all__ = ["Catalogue", "Coded", "check_code", "is_selected", "parted", "tag"]

CODE = re.compile(r"[A-Z]{2,3}\d{3}")
NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


class Coded(Protocol):
    """Something that Pellucid finds and names."""

    @property
    def code(self) -> str:
        """Its code, such as "BN103"."""

    @property
    def name(self) -> str:
        """Its name, such as "eps-outside-root"; findings of several kinds of layers may share one."""

    @property
    def title(self) -> str:
        """What it is, in one line."""

    def page(self) -> str:
        """Return its page in Markdown, without the heading."""


def check_code(code: str) -> str:
    """Return a code. Raises ValueError where it is not two or three capital letters and three digits."""
    if not CODE.fullmatch(code):
        raise ValueError(f"a code is two or three capital letters and three digits, such as 'BN103'; got {code!r}")
    return code


def parted(tag: str) -> tuple[str, str]:
    """Return the code and the name of a tag; of a name alone, no code.

    >>> parted("BN103 eps-outside-root"), parted("eps-outside-root")
    (('BN103', 'eps-outside-root'), ('', 'eps-outside-root'))
    """
    first, _, rest = tag.partition(" ")
    return (check_code(first), rest) if rest else ("", first)


def tag(finding: Coded) -> str:
    """Return how reports name a finding: its code and its name."""
    return f"{finding.code} {finding.name}"


def is_selected(code: str, prefixes: Collection[str]) -> bool:
    """Whether a code is one of those that are asked for, or begins like one.

    >>> is_selected("BN103", ["BN1", "LN"]), is_selected("GN103", ["BN1", "LN"])
    (True, False)
    """
    return bool(code) and code.startswith(tuple(prefixes))


class Catalogue:
    """Findings of several rooms, each with a code of its own."""

    def __init__(self, findings: Iterable[Coded]) -> None:
        """Join findings, in the order of their codes. Raises ValueError for a code that is malformed or used twice."""
        found: dict[str, Coded] = {}
        for one in findings:
            if not NAME.fullmatch(one.name):
                raise ValueError(f"{one.code}: a name is words in small letters joined by hyphens; got {one.name!r}")
            if check_code(one.code) in found:
                raise ValueError(f"the code {one.code} is used twice: {found[one.code].name}, {one.name}")
            found[one.code] = one
        self._by_code = dict(sorted(found.items()))

    def __iter__(self) -> Iterator[Coded]:
        return iter(self._by_code.values())

    def __len__(self) -> int:
        return len(self._by_code)

    def find(self, asked: str) -> Sequence[Coded]:
        """Return the finding with a code, all with a name, or none."""
        code = meant(asked, self._by_code)
        if code is not None:
            return [self._by_code[code]]
        name = meant(asked, {one.name for one in self})
        return [one for one in self if one.name == name]

    def beginning(self, prefix: str) -> Sequence[Coded]:
        """Return the findings whose codes begin with a prefix."""
        return [one for one in self if one.code.startswith(prefix.upper())]

    def hint(self, asked: str) -> str:
        """Return "; did you mean 'BN103'?" for the nearest code or name, or nothing where none is near."""
        return did_you_mean(asked, [*self._by_code, *(one.name for one in self)])
