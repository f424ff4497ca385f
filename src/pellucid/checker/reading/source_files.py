"""Files of a submission, read with care: plain files only, through no symbolic link, and never more than a limit.

A hard link cannot be distinguished from the file itself: one to a file of someone else is read as the submission's own. Unpack
submissions from an archive, or collect them as a user who cannot read the reference, so that nobody can make such a link.
"""

import codecs
import collections
import itertools
import os
import re
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from pellucid.files import kind_of, shown

__all__ = [
    "SOURCES",
    "Entry",
    "SubmissionError",
    "entries",
    "is_hidden",
    "links_in",
    "name_below",
    "read_source",
    "too_many_words",
]

LARGEST_FILE = 2 << 20
MOST_WORDS = 200_000  # a syntax tree of them takes a second and 100 MB
DEEPEST_FOLDER = 40
MOST_ENTRIES = 20_000  # below one folder of the top
SOURCES = (".py", ".ipynb")
COOKIE = re.compile(rb"[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")  # PEP 263; a line comment alone
BLANK = re.compile(rb"[ \t\f]*(?:#.*)?$")  # a line before it
# What a declared encoding is read with. No name that a submission chose is looked up: Python also knows some that decompress.
ENCODINGS = {
    **dict.fromkeys(("utf-8", "utf8", "utf-8-sig", "u8", "ascii", "us-ascii"), "utf-8"),
    **dict.fromkeys(("latin-1", "latin1", "iso-8859-1", "iso-latin-1", "iso8859-1", "l1"), "latin-1"),
    **{name: name for name in ("iso-8859-15", "cp1250", "cp1251", "cp1252", "koi8-r", "big5", "shift-jis", "euc-jp")},
    **{name: name for name in ("gbk", "gb2312", "gb18030", "cp936", "cp949", "euc-kr")},
    **{f"windows-{page}": f"cp{page}" for page in (1250, 1251, 1252)},
}
WORD = re.compile(r"\w+|[^\w\s]")
HIDDEN_BLANK = re.compile(r"(?<= ) |(?<![^/]) | (?![^/])")


class SubmissionError(ValueError):
    """A path cannot be read as a submission."""


class Entry(NamedTuple):
    """Something below a folder: a source, or a reason why it is not read."""

    path: Path
    problem: str = ""
    is_link: bool = False
    is_unjudged: bool = False  # the reason is no mistake: there is nothing to judge


def entries(folder: Path) -> Iterator[Entry]:
    """Yield the sources below a folder, in no order; what cannot be read comes with a reason. Links are not followed."""
    waiting = [(folder, 0, "")]
    counts: collections.Counter[str] = collections.Counter()
    while waiting:
        place, depth, top = waiting.pop()
        if depth > DEEPEST_FOLDER:
            yield Entry(place, f"folders are nested more than {DEEPEST_FOLDER} deep")
            continue
        try:
            with os.scandir(place) as found:
                inside = list(itertools.islice(found, MOST_ENTRIES if top else None))
        except OSError as error:
            yield Entry(place, f"cannot be read: {error.strerror}")
            continue
        is_full = counts[top] > MOST_ENTRIES
        counts[top] += len(inside)
        if top and counts[top] > MOST_ENTRIES:
            if not is_full:
                yield Entry(folder / top, f"holds more than {MOST_ENTRIES} files and folders")
            continue
        for item in inside:
            if is_hidden(item.name):
                continue
            path = place / item.name
            if item.is_symlink():
                yield Entry(path, "is a symbolic link, which the checker does not follow", is_link=True)
            elif item.is_dir(follow_symlinks=False):
                waiting.append((path, depth + 1, top or item.name))
            elif path.suffix in SOURCES:
                yield Entry(path)


def is_hidden(name: str) -> bool:
    """Whether a file or folder is not looked at, by its name."""
    return name.startswith((".", "__")) and name != "__init__.py"


def name_below(path: Path, folder: Path) -> str:
    """Return a path below a folder as a report names it: printable, and no two paths have the same name.

    A backslash is doubled, since what cannot be seen is written out with one: a byte that is not UTF-8 as \\xff, a character as
    \\x1b or \\u202e, and a blank as \\x20 where it comes after another one, or first or last in a name.
    """
    name = "".join(c if c.isprintable() and c != "\\" else _written_out(c) for c in path.relative_to(folder).as_posix())
    return HIDDEN_BLANK.sub(r"\\x20", name)


def _written_out(character: str) -> str:
    number = ord(character)
    if 0xDC80 <= number <= 0xDCFF:  # what stands for a byte in a name that is not UTF-8
        return f"\\x{number - 0xDC00:02x}"
    return f"\\u{number:04x}" if 0x80 <= number <= 0xFF else character.encode("unicode_escape").decode()


def links_in(path: Path, names: Sequence[str]) -> Path | None:
    """Return the first part of a path that is a symbolic link.

    Of an absolute path only the file and folders with these names are looked at: systems have links of their own, such as /tmp.
    """
    parts = [part for part in (path, *path.parents) if part == path or not path.is_absolute() or part.name in names]
    return next((part for part in reversed(parts) if part.name not in ("", "..") and part.is_symlink()), None)


def read_source(path: Path) -> str:
    """Return the text of a plain file. Raises SubmissionError for anything else."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    if path.is_symlink():
        raise SubmissionError(f"{shown(path)}: is a symbolic link, which the checker does not follow")
    try:
        handle = os.open(path, flags)
    except (OSError, ValueError) as error:
        raise SubmissionError(f"{shown(path)}: cannot be read: {getattr(error, 'strerror', '') or error}") from None
    with os.fdopen(handle, "rb") as file:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise SubmissionError(f"{shown(path)}: is {kind_of(status.st_mode)}, not a plain file")
        if status.st_size > LARGEST_FILE:
            raise SubmissionError(f"{shown(path)}: larger than {LARGEST_FILE >> 20} MiB")
        try:
            data = file.read(LARGEST_FILE + 1)
        except OSError as error:
            raise SubmissionError(f"{shown(path)}: cannot be read: {error.strerror}") from None
    if b"\x00" in data:
        raise SubmissionError(f"{shown(path)}: holds a NUL byte, which no Python source may; save it as UTF-8 text")
    encoding = "utf-8" if path.suffix == ".ipynb" else _encoding(data, path)
    return data.removeprefix(codecs.BOM_UTF8).decode(encoding, errors="replace").replace("\r\n", "\n")


def _encoding(data: bytes, path: Path) -> str:
    """Return the encoding that a source declares, one of those that are plain text; UTF-8 if it declares none."""
    lines = re.split(rb"\r\n?|\n", data.removeprefix(codecs.BOM_UTF8), maxsplit=2)[:2]
    found = COOKIE.match(lines[0]) or (len(lines) > 1 and BLANK.match(lines[0]) and COOKIE.match(lines[1]))
    declared = found[1].decode("ascii", "replace").lower().replace("_", "-") if found else "utf-8"
    declared = declared.removesuffix("-unix").removesuffix("-dos").removesuffix("-mac")  # as editors declare line ends
    if declared not in ENCODINGS:
        raise SubmissionError(
            f"{shown(path)}: declares the encoding {declared[:40]}, which the checker does not read; save it as UTF-8"
        )
    return ENCODINGS[declared]


def too_many_words(text: str) -> str:
    """Return why a source is too large to be parsed, "" if it is not."""
    count = sum(1 for _ in itertools.islice(WORD.finditer(text), MOST_WORDS + 1))
    return f"has more than {MOST_WORDS} words and signs" if count > MOST_WORDS else ""
