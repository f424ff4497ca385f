"""A submission as sources: the file itself, the modules it may import, and the name it is imported by."""

import ast
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from pellucid.checker.asking.pack import Pack
from pellucid.checker.reading.module_names import file_place, packages_of, top_name
from pellucid.checker.reading.source_files import (
    SubmissionError,
    entries,
    links_in,
    read_source,
    too_many_words,
)
from pellucid.files import shown

__all__ = ["Submission", "read_submission"]

MOST_FILES, LARGEST_PACKAGE = 300, 4 << 20


@dataclass(frozen=True)
class Submission:
    """Sources by path, and which of them is judged."""

    shown: str  # the path as the user gave it
    module: str  # "course.layers"
    main: str  # "course/layers.py"
    files: dict[str, str]
    skipped: tuple[str, ...] = ()  # why files of its package were not read


def read_submission(path: Path, pack: Pack, *, within: Path | None = None, is_package: bool = False) -> Submission:
    """Read a file and the package it belongs to, and parse nothing. Raises SubmissionError where there is nothing to read.

    Of the pack's own file only the functions are read: its PACK and its imports of this library are left out.
    within: the folder being checked. What a file in it may import is below the same name at the top of that folder, so that every
    submission of a class is judged as if it were alone; is_package: the folder is one learner's, and all of it may be imported.
    """
    _check_path(path, (pack.package, *pack.subpackages))
    text = read_source(path)
    if path.suffix == ".ipynb":  # its source is found in a worker
        return Submission(shown(path), "notebook", "notebook.ipynb", {"notebook.ipynb": text})
    if reason := too_many_words(text):
        raise SubmissionError(f"{shown(path)}: {reason}")
    if path.resolve() in [reference.resolve() for reference in pack.reference]:
        text = _without_pack(text)
    root = _root(path.resolve(), pack, within.resolve() if within is not None else None, is_package)
    skipped: tuple[str, ...] = ()
    if root is None:
        main = _place(path.name, text, pack)
        files = {main: text}
    else:
        above = _parts_above(root, pack, is_package and within is not None and root == within.resolve())
        main = shown(file_place(*above, *path.resolve().relative_to(root).parts))
        private = () if pack.public else [source.resolve() for source in pack.sources]
        files, skipped = _package_files(root, above, private)
        files[main] = text
    module = main.removesuffix(".py").replace("/", ".").removesuffix(".__init__")
    return Submission(shown(path), module, main, files, skipped)


def _check_path(path: Path, names: Sequence[str]) -> None:
    """Raise SubmissionError where a path leads to no source, or leads there through a symbolic link."""
    try:
        link = links_in(path, names)
        if link is not None:
            raise SubmissionError(f"{shown(link)} is a symbolic link, which the checker does not follow")
        is_file = path.is_file()
    except OSError as error:
        raise SubmissionError(f"{shown(path)}: cannot be read: {error.strerror}") from None
    if not is_file:
        problem = "is not a regular file" if path.exists() else "does not exist"
        raise SubmissionError(f"PATH must be a Python file, a notebook or a folder; {shown(path)} {problem}")
    if path.suffix not in (".py", ".ipynb"):
        raise SubmissionError(f"PATH must be a Python file (.py), a notebook (.ipynb) or a folder; got {shown(path)}")


def _package_files(
    root: Path, above: Sequence[str], private: Collection[Path]
) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return the sources of a package by their places, and why some were not read. above: what a place begins with.

    private: files of a pack that no submission may read; where one lies in the package, it is no part of it.
    """
    files: dict[str, str] = {}
    skipped, size = [], 0
    found = [entry for entry in entries(root) if entry.path.suffix == ".py" and entry.path not in private]
    for entry in sorted(found)[:MOST_FILES]:
        name = shown(file_place(*above, *entry.path.relative_to(root).parts))
        try:
            text = "" if entry.problem else read_source(entry.path)
        except SubmissionError as error:
            skipped.append(f"{name}: {str(error).removeprefix(f'{shown(entry.path)}: ')}")
            continue
        size += len(text)
        if entry.problem or size > LARGEST_PACKAGE:
            reason = (
                entry.problem or f"the files before it hold {LARGEST_PACKAGE >> 20} MiB, and the checker reads no more"
            )
            skipped.append(f"{name}: {reason}")
        else:
            files[name] = text
    return files, tuple(skipped)


def _without_pack(text: str) -> str:
    """Blank the lines of `PACK = ...` and of imports of this library, so that every other line keeps its number.

    The pack's own file, which is trusted: the only one that is parsed in this process.
    """
    lines = text.splitlines()
    for node in ast.parse(text).body:
        imported = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        imported += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        is_pack = isinstance(node, ast.Assign) and [ast.unparse(target) for target in node.targets] == ["PACK"]
        if is_pack or any(name.partition(".")[0] == "pellucid" for name in imported):
            lines[node.lineno - 1 : node.end_lineno] = [""] * ((node.end_lineno or node.lineno) - node.lineno + 1)
    return "\n".join(lines) + "\n"


def _root(place: Path, pack: Pack, within: Path | None, is_package: bool) -> Path | None:
    """Return the package that a file belongs to; None for a lone file. All paths are resolved.

    A package says so by an `__init__.py`, or has the name that the pack gives it, or holds one of the pack's subpackages. A class's
    folder is none, whatever students put there, and neither is anything above a folder that is checked.
    """
    folders = list(place.parents)
    if within is not None:
        folders = folders[: len(place.relative_to(within).parts) - 1 + is_package]
    root = within if is_package else None
    for number, folder in enumerate(folders):
        if folder.name in pack.subpackages and number + 1 < len(folders):
            root = folders[number + 1]
        elif (folder / "__init__.py").is_file() or (pack.package and folder.name == pack.package):
            root = folder
        else:
            break
    return root


def _parts_above(root: Path, pack: Pack, has_any_name: bool) -> tuple[str, ...]:
    """Return where a package stands. has_any_name: it is the course's package, whatever its folder is called."""
    if has_any_name and pack.package:
        return (pack.package,)
    name = top_name(root.name)
    return (pack.package, name) if root.name in pack.subpackages and pack.package else (name,)


def _place(name: str, text: str, pack: Pack) -> str:
    """Return where in a package a lone file must stand so that its relative imports mean something."""
    stem = top_name(name.removesuffix(".py"), packages_of(pack))
    package, inner = pack.package or "submission", next(iter(pack.subpackages), "inner")
    if re.search(r"^[ \t]*from[ \t]+\.\.", text, re.MULTILINE):
        return f"{package}/{inner}/{stem}.py"
    if re.search(r"^[ \t]*from[ \t]+\.\w*[ \t]+import", text, re.MULTILINE):
        return f"{package}/{stem}.py"
    return f"{stem}.py"
