"""Places for code that are still empty: found by the comments that mark them; filled with `pass` where Python needs a statement.

Exercises mark them with comments such as "CODE STARTS HERE" and "CODE ENDS HERE". An empty one below an `if` is an error of
indentation, with which the rest of the file could not be read.
"""

import re
from collections.abc import Iterator, Sequence

__all__ = ["empty_and_filled", "filled"]

OPENS = re.compile(
    r"[ \t]*(?:(?:def|class|if|elif|for|while|with|except)\b.*|else[ \t]*|try[ \t]*|finally[ \t]*):[ \t]*(?:#.*)?$"
)
PLACEHOLDER = re.compile(
    r"(?<!axis)=[ \t]*None(?:,[ \t]*None)*[)\]]?$|\brange\(None\)|\b(?:if|elif|while)[ \t]*\(?None\b"
)
MARK = re.compile(r"#.*(?:\bCODE\b.*\b(START|END)|\b(START|END)\w*\b.*\bCODE\b)", re.IGNORECASE)


def filled(text: str) -> str:
    """Return a source with `pass` in every block that holds nothing but comments; its lines keep their numbers."""
    lines = text.splitlines()
    for number, line in enumerate(lines):
        if not OPENS.match(line):
            continue
        indent = len(line) - len(line.lstrip())
        end = next((n for n in range(number + 1, len(lines)) if lines[n].partition("#")[0].strip()), len(lines))
        following = len(lines[end]) - len(lines[end].lstrip()) if end < len(lines) else 0
        if following <= indent and end > number + 1:
            comment = lines[number + 1].strip()
            lines[number + 1] = f"{line[:indent]}    pass  {comment}".rstrip()
    return "\n".join(lines) + "\n"


def empty_and_filled(lines: Sequence[str]) -> tuple[int, int]:
    """Return how many of the marked places in some lines are empty, or hold placeholders `x = None`, and how many do not."""
    places = list(_places(lines))
    return places.count(False), places.count(True)


def _places(lines: Sequence[str]) -> Iterator[bool]:
    """Yield for each marked place whether code stands in it."""
    is_open = has_code = False
    for line in lines:
        mark = MARK.search(line)
        if mark is None:
            has_code = has_code or _is_code(line)
        elif (mark[1] or mark[2]).upper() == "START":
            is_open, has_code = True, False
        elif is_open:
            yield has_code
            is_open = False


def _is_code(line: str) -> bool:
    words = line.partition("#")[0].strip()
    return words not in ("", "pass") and not PLACEHOLDER.search(words)
