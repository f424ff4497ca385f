"""Students of whom nothing is judged: what a class's report says of each, so that nobody is missing from it."""

import os
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from pellucid.checker.reading.source_files import (
    SOURCES,
    Entry,
    SubmissionError,
    is_hidden,
    read_source,
    too_many_words,
)
from pellucid.checker.running.outlines import read_outline
from pellucid.checker.running.sandbox import Workers
from pellucid.escaping import printable
from pellucid.files import shown

__all__ = ["unjudged_students"]

# Folders that other programs make beside submissions: no student's. The same inside a student's folder are reported.
OF_TOOLS = (
    *(".git", ".hg", ".svn", ".github", ".idea", ".vscode", ".venv", ".tox", ".nox", ".cache", ".ipynb_checkpoints"),
    *(".mypy_cache", ".pytest_cache", ".ruff_cache", "__pycache__", "__MACOSX"),
)
NO_SUBMISSIONS = ("__init__.py", "setup.py")
MOST_SEEN, MOST_REASONS, MOST_PARSED = 2_000, 5, 10  # names in one student's folder, reasons, sources


def unjudged_students(
    folder: Path, known: Collection[str], missing: str, never_judged: Collection[str], workers: Workers
) -> Iterator[Entry]:
    """Yield an entry for each name in a class's folder without a report, with what was found there.

    known: the names that are reported; missing: what sources lack that are not judged, "defines no function of ..."; never_judged:
    names of files, without their ends, that are not submissions. A source that cannot be parsed is an entry of its own.
    """
    with os.scandir(folder) as found:
        items = sorted((item for item in found if item.name not in known), key=lambda item: item.name)
    for item in items:
        path = folder / item.name
        if item.is_symlink() or item.name in OF_TOOLS or item.name in NO_SUBMISSIONS:
            continue
        if item.is_dir(follow_symlinks=False) and not is_hidden(item.name):
            yield from _of_folder(path, missing, never_judged, workers)
        elif not is_hidden(item.name) or item.is_dir() or path.suffix.lower() in SOURCES:
            yield _of_file(path, missing, never_judged, workers)


def _of_folder(place: Path, missing: str, never_judged: Collection[str], workers: Workers) -> list[Entry]:
    """Return an entry for a student's folder; those of sources that cannot be parsed, where there are such."""
    seen = [_of_file(path, missing, never_judged, workers if number < MOST_PARSED else None)
            for number, path in enumerate(_sources_first(place))]  # fmt: skip
    if broken := [entry for entry in seen if not entry.is_unjudged]:
        return broken[:MOST_REASONS]
    reasons = [f"{printable(shown(entry.path.relative_to(place)))} {entry.problem}" for entry in seen]
    return [Entry(place, _joined(reasons) or "holds no file", is_unjudged=True)]


def _joined(reasons: Sequence[str]) -> str:
    more = f"; and {len(reasons) - MOST_REASONS} more" if len(reasons) > MOST_REASONS else ""
    return "; ".join(reasons[:MOST_REASONS]) + more


def _sources_first(place: Path) -> list[Path]:
    """Return what lies in a folder and is not looked into further: files, hidden folders; what could be a source first."""
    paths: list[Path] = []
    waiting = [place]
    while waiting and len(paths) < MOST_SEEN:
        here = waiting.pop()
        try:
            with os.scandir(here) as found:
                for item, _ in zip(found, range(MOST_SEEN), strict=False):
                    if item.is_dir(follow_symlinks=False) and not is_hidden(item.name):
                        waiting.append(here / item.name)
                    else:
                        paths.append(here / item.name)
        except OSError:  # `entries` has reported it
            continue
    return sorted(paths, key=lambda path: (path.suffix.lower() not in SOURCES, not is_hidden(path.name), path))


def _of_file(path: Path, missing: str, never_judged: Collection[str], workers: Workers | None) -> Entry:
    """Return why a file, or a hidden folder, is not judged."""
    if is_hidden(path.name):
        begins = "a dot" if path.name.startswith(".") else "two underscores"
        return Entry(path, f"is not read: its name begins with {begins}", is_unjudged=True)
    if path.suffix.lower() not in SOURCES:
        return Entry(path, "is not read: no Python file (.py) and no notebook (.ipynb)", is_unjudged=True)
    if path.suffix not in SOURCES:
        return Entry(
            path, f"is not read: its name must end in {path.suffix.lower()}, in small letters", is_unjudged=True
        )
    if path.stem in never_judged:
        return Entry(path, "is not judged: by its name it is no submission", is_unjudged=True)
    problem = _problem(path, workers) if workers else ""
    return Entry(path, problem) if problem else Entry(path, missing, is_unjudged=True)


def _problem(path: Path, workers: Workers) -> str:
    """Return why a source cannot be parsed, "" if it can."""
    try:
        text = read_source(path)
    except SubmissionError:  # `entries` and those who read it have reported it
        return ""
    if path.suffix == ".ipynb" or too_many_words(text):
        return ""
    source = read_outline(text, workers, is_notebook=False)
    return source.problem or (source.invalid and f"cannot be parsed ({source.invalid})")
