"""A submission as sources: the file itself, the modules it may import, and the name it is imported by."""

import ast
import re
from dataclasses import dataclass
from pathlib import Path

from pellucid.checker.asking.pack import Pack
from pellucid.checker.reading.learner_source import LearnerSource
from pellucid.checker.reading.notebook import NotebookError, notebook_source

__all__ = ["Submission", "SubmissionError", "read_submission"]

LARGEST_FILE, MOST_FILES = 2 << 20, 300


class SubmissionError(ValueError):
    """A path cannot be read as a submission."""


@dataclass(frozen=True)
class Submission:
    """Sources by path, and which of them is judged."""

    shown: str  # the path as the user gave it
    module: str  # "course.layers"
    main: str  # "course/layers.py"
    files: dict[str, str]

    @property
    def source(self) -> LearnerSource:
        """The judged file's text."""
        return LearnerSource(self.files[self.main])


def read_submission(path: Path, pack: Pack) -> Submission:
    """Read a file and the package it belongs to. Raises SubmissionError where there is nothing to read.

    Of the pack's own file only the functions are read: its PACK and its imports of this library are left out.
    """
    if not path.is_file():
        raise SubmissionError(f"PATH must be a Python file, a notebook or a folder; {path} is none of them")
    if path.suffix not in (".py", ".ipynb"):
        raise SubmissionError(f"PATH must be a Python file (.py), a notebook (.ipynb) or a folder; it is {path}")
    text = _text(path)
    if path.suffix == ".ipynb":
        try:
            return Submission(str(path), "notebook", "notebook.py", {"notebook.py": notebook_source(text)})
        except NotebookError as error:
            raise SubmissionError(f"{path}: {error}") from None
    if path.resolve() in [reference.resolve() for reference in pack.reference]:
        text = _without_pack(text)
    root = _root(path, pack)
    if root is None:
        main = _place(path.name, text, pack)
        files = {main: text}
    else:
        main = (Path(root.name) / path.resolve().relative_to(root)).as_posix()
        files = _package_files(root) | {main: text}
    module = main.removesuffix(".py").replace("/", ".").removesuffix(".__init__")
    return Submission(str(path), module, main, files)


def _package_files(root: Path) -> dict[str, str]:
    """Return the sources of a package by their paths from its parent folder."""
    paths = [path for path in sorted(root.rglob("*.py"))[:MOST_FILES] if path.is_file()]
    return {
        (Path(root.name) / path.relative_to(root)).as_posix(): _text(path)
        for path in paths
        if path.stat().st_size <= LARGEST_FILE
    }


def _without_pack(text: str) -> str:
    """Blank the lines of `PACK = ...` and of imports of this library, so that every other line keeps its number."""
    lines = text.splitlines()
    for node in ast.parse(text).body:
        imported = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        imported += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        is_pack = isinstance(node, ast.Assign) and [ast.unparse(target) for target in node.targets] == ["PACK"]
        if is_pack or any(name.partition(".")[0] == "pellucid" for name in imported):
            lines[node.lineno - 1 : node.end_lineno] = [""] * ((node.end_lineno or node.lineno) - node.lineno + 1)
    return "\n".join(lines) + "\n"


def _text(path: Path) -> str:
    if path.stat().st_size > LARGEST_FILE:
        raise SubmissionError(f"{path}: larger than {LARGEST_FILE >> 20} MiB")
    try:
        return path.read_bytes().decode("utf-8-sig", errors="replace").replace("\r\n", "\n").replace("\x00", "")
    except OSError as error:
        raise SubmissionError(f"{path}: cannot be read: {error.strerror}") from None


def _root(path: Path, pack: Pack) -> Path | None:
    """Return the package that a file belongs to; None for a lone file."""
    root, folder = None, path.resolve().parent
    if folder.name in pack.subpackages:
        root = folder.parent
    while (folder / "__init__.py").is_file() or (pack.package and folder.name == pack.package):
        root, folder = folder, folder.parent
    return root


def _place(name: str, text: str, pack: Pack) -> str:
    """Return where in a package a lone file must stand so that its relative imports mean something."""
    stem = re.sub(r"\W", "_", name.removesuffix(".py"))
    stem = f"_{stem}" if stem[:1].isdigit() else stem
    package, inner = pack.package or "submission", next(iter(pack.subpackages), "inner")
    if re.search(r"^\s*from\s+\.\.\w*", text, re.MULTILINE):
        return f"{package}/{inner}/{stem}.py"
    if re.search(r"^\s*from\s+\.\w*\s+import", text, re.MULTILINE):
        return f"{package}/{stem}.py"
    return f"{stem}.py"
