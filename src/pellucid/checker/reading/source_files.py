"""Files of a submission, read with care: plain files only, through no symbolic link, and never more than a limit.

A hard link cannot be distinguished from the file itself: one to a file of someone else is read as the submission's own. Unpack
submissions from an archive, or collect them as a user who cannot read the reference, so that nobody can make such a link.
"""

import collections
import itertools
import os
import re
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from pellucid.files import kind_of, shown

__all__ = ["SOURCES", "Entry", "SubmissionError", "entries", "links_in", "read_source", "shown", "too_many_words"]

LARGEST_FILE = 2 << 20
MOST_WORDS = 200_000  # a syntax tree of them takes a second and 100 MB
DEEPEST_FOLDER = 40
MOST_ENTRIES = 20_000  # below one folder of the top
SOURCES = (".py", ".ipynb")
WORD = re.compile(r"\w+|[^\w\s]")


class SubmissionError(ValueError):
    """A path cannot be read as a submission."""


class Entry(NamedTuple):
    """Something below a folder: a source, or a reason why it is not read."""

    path: Path
    problem: str = ""
    is_link: bool = False


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
            if item.name.startswith((".", "__")) and item.name != "__init__.py":
                continue
            path = place / item.name
            if item.is_symlink():
                yield Entry(path, "is a symbolic link, which the checker does not follow", is_link=True)
            elif item.is_dir(follow_symlinks=False):
                waiting.append((path, depth + 1, top or item.name))
            elif path.suffix in SOURCES:
                yield Entry(path)


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
    return data.decode("utf-8-sig", errors="replace").replace("\r\n", "\n").replace("\x00", "")


def too_many_words(text: str) -> str:
    """Return why a source is too large to be parsed, "" if it is not."""
    count = sum(1 for _ in itertools.islice(WORD.finditer(text), MOST_WORDS + 1))
    return f"has more than {MOST_WORDS} words and signs" if count > MOST_WORDS else ""
