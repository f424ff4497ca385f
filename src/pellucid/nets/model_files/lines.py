"""Where the tables of a TOML file stand, for messages: the parser of the standard library does not say."""

import re
from dataclasses import dataclass
from typing import Any

__all__ = ["TableLines"]

HEADER = re.compile(r"^\s*\[\[\s*layer\s*((?:\.\s*\w+\s*)*)\]\]")
KEY = re.compile(r'^\s*"?([\w-]+)"?\s*=')


@dataclass(frozen=True)
class TableLines:
    """Lines by place: (2,) is the third `[[layer]]`, (2, "body", 0) its first `[[layer.body]]`, (2, "kernel") a key."""

    lines: dict[tuple[Any, ...], int]

    @classmethod
    def of(cls, text: str) -> "TableLines":
        """Read the headers and keys of a file that is TOML."""
        lines: dict[tuple[Any, ...], int] = {}
        counts: dict[tuple[Any, ...], int] = {}
        at: tuple[Any, ...] = ()
        for number, line in enumerate(text.splitlines(), start=1):
            if header := HEADER.match(line):
                at = ()
                branches = [part.strip() for part in header[1].split(".") if part.strip()]
                for depth, branch in enumerate(["", *branches]):
                    inside = (*at, branch) if branch else at
                    last = depth == len(branches)
                    counts[inside] = counts.get(inside, 0) + last
                    at = (*inside, counts[inside] - 1)
                lines[at] = number
            elif at and (key := KEY.match(line)):
                lines.setdefault((*at, key[1]), number)
        return cls(lines)

    def where(self, place: tuple[Any, ...]) -> str:
        """Return ", line 12" of a place, or of the table that it is in; nothing where the file is written in another way."""
        while place and place not in self.lines:
            place = place[:-1]
        return f", line {self.lines[place]}" if place else ""
