"""What a source says to the checker in comments, `# pellucid: ignore[BN103]`, and where its functions and classes begin.

Lines are read, nothing is parsed: what a learner wrote is parsed in workers only.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

__all__ = ["IgnoreComment", "Marks", "marks_of"]

COMMENT = re.compile(r"#[ \t]*pellucid:[ \t]*ignore\b[ \t]*(?:\[([^\]]*)\])?")
DEFINES = re.compile(r"([ \t]*)(?:async[ \t]+)?(def|class)[ \t]+(\w+)")
MOST_COMMENTS, MOST_DEFINITIONS, LONGEST_LINE = 1_000, 20_000, 1_000


@dataclass(frozen=True)
class IgnoreComment:
    """One comment."""

    line: int
    codes: tuple[str, ...] = ()  # codes, what they begin with, or names; none: every mistake
    name: str = ""  # of the function, "Norm.forward", or the class, "Norm", that its line begins

    def __str__(self) -> str:
        """The comment as it is written."""
        return f"# pellucid: ignore[{', '.join(self.codes)}]" if self.codes else "# pellucid: ignore"


@dataclass(frozen=True)
class Marks:
    """The comments of a source, and the lines on which its functions and classes begin."""

    ignores: Sequence[IgnoreComment] = ()
    definitions: Mapping[str, int] = field(default_factory=dict)


def marks_of(text: str) -> Marks:
    """Return the marks of a source."""
    ignores: list[IgnoreComment] = []
    definitions: dict[str, int] = {}
    owner, depth = "", -1  # the class that lines belong to which are indented further
    for number, line in enumerate(text.splitlines(), 1):
        defined = DEFINES.match(line[:LONGEST_LINE])
        name = ""
        if defined:
            indent = len(defined[1].expandtabs())
            if indent <= depth:
                owner, depth = "", -1
            name = f"{owner}.{defined[3]}" if owner else defined[3]
            if defined[2] == "class" and not owner:
                owner, depth = defined[3], indent
            if len(definitions) < MOST_DEFINITIONS:
                definitions.setdefault(name, number)
        comment = COMMENT.search(line) if "pellucid" in line else None
        if comment and len(ignores) < MOST_COMMENTS:
            codes = tuple(code.strip() for code in (comment[1] or "").split(",") if code.strip())
            ignores.append(IgnoreComment(number, codes, name))
    return Marks(tuple(ignores), definitions)
