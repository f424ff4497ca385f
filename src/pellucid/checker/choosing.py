"""Choose the built-in pack for what is to be checked, by the names that it defines. Nothing is parsed here."""

import itertools
import re
from collections.abc import Collection, Sequence
from pathlib import Path

from pellucid.checker.packs.loading import fitting
from pellucid.checker.reading.learner_source import names_in
from pellucid.checker.reading.source_files import SOURCES, SubmissionError, entries, read_source

__all__ = ["defined_in", "pack_for"]

MOST_FILES = 500  # of a folder: as many as tell which course it is
WORD = re.compile(r"[^\W\d]\w*")
IN_A_CELL = re.compile(r'(?:"|\\n)(?:def|class)[ \t]+(\w+)')  # a notebook's text is JSON


def pack_for(found: tuple[Collection[str], Collection[str]], only: Sequence[str] = ()) -> str:
    """Return the name of the built-in pack for defined names and words of a source; only: the functions asked for."""
    defined, words = found
    return fitting({name.partition(".")[0] for name in only} if only else defined, words, asked=bool(only))


def defined_in(path: Path) -> tuple[set[str], set[str]]:
    """Return the names that a file, a notebook or a folder seems to define, and the words in it; none of what cannot be read."""
    names: set[str] = set()
    words: set[str] = set()
    try:
        every = [entry.path for entry in entries(path) if not entry.problem] if path.is_dir() else [path]
    except (OSError, ValueError):
        return names, words
    for file in itertools.islice((one for one in sorted(every) if one.suffix in SOURCES), MOST_FILES):
        try:
            text = read_source(file)
        except SubmissionError:  # whoever judges it will say so
            continue
        names.update(IN_A_CELL.findall(text) if file.suffix == ".ipynb" else names_in(text))
        words.update(WORD.findall(text))
    return names, words
