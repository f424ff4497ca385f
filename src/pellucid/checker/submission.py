"""What a learner handed in, as sources: the file itself, the modules it may import, and the name it is imported by."""

import ast
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pellucid.checker.lines import LearnerSource

__all__ = ["Submission", "SubmissionError", "notebook_source", "read_own_or_submission", "read_submission"]

LARGEST_FILE, MOST_FILES = 2 << 20, 300


class SubmissionError(ValueError):
    """A path cannot be read as a submission."""


@dataclass(frozen=True)
class Submission:
    """Sources by path, and which of them is judged."""

    shown: str  # the path as the user gave it
    module: str  # "cs231n.layers"
    main: str  # "cs231n/layers.py"
    files: dict[str, str]

    @property
    def source(self) -> LearnerSource:
        """The judged file's text."""
        return LearnerSource(self.files[self.main])


def read_submission(path: Path) -> Submission:
    """Read a file and the package it stands in. Raises SubmissionError where there is nothing to read."""
    if not path.is_file():
        raise SubmissionError(f"PATH must be a Python file, a notebook or a folder; {path} is none")
    if path.suffix not in (".py", ".ipynb"):
        raise SubmissionError(f"PATH must be a Python file (.py), a notebook (.ipynb) or a folder; it is {path}")
    text = _text(path)
    if path.suffix == ".ipynb":
        return Submission(str(path), "notebook", "notebook.py", {"notebook.py": notebook_source(text, str(path))})
    root = _root(path)
    if root is None:
        main = _place(path.name, text)
        files = {main: text}
    else:
        main = (Path(root.name) / path.resolve().relative_to(root)).as_posix()
        files = {}
        for file in sorted(root.rglob("*.py"))[:MOST_FILES]:
            if file.is_file() and file.stat().st_size <= LARGEST_FILE:
                files[(Path(root.name) / file.relative_to(root)).as_posix()] = _text(file)
        files[main] = text
    module = main.removesuffix(".py").replace("/", ".").removesuffix(".__init__")
    return Submission(str(path), module, main, files)


def read_own_or_submission(path: Path, references: Sequence[Path]) -> Submission:
    """Read a submission; of a pack's own file only the functions' part: its PACK and what it imports from here are left out."""
    read = read_submission(path)
    if path.resolve() not in [reference.resolve() for reference in references]:
        return read
    return replace(read, files=read.files | {read.main: _without_pack(read.files[read.main])})


def _without_pack(text: str) -> str:
    """Blank the lines of `PACK = ...` and of imports of this library, so that every other line keeps its number."""
    lines = text.splitlines()
    for node in ast.parse(text).body:
        named = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        named += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        is_pack = isinstance(node, ast.Assign) and [ast.unparse(target) for target in node.targets] == ["PACK"]
        if is_pack or any(name.partition(".")[0] == "pellucid" for name in named):
            lines[node.lineno - 1 : node.end_lineno] = [""] * ((node.end_lineno or node.lineno) - node.lineno + 1)
    return "\n".join(lines) + "\n"


def notebook_source(text: str, shown: str) -> str:
    """Return the code cells of a notebook as one source; magics and shell lines are left out."""
    try:
        cells = json.loads(text)["cells"]
        sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    except (ValueError, KeyError, TypeError):
        raise SubmissionError(f"{shown}: it is not a notebook that can be read") from None
    kept = []
    for source in sources:
        lines = ["" if re.match(r"\s*[%!?]", line) else line for line in source.splitlines()]
        kept += _definitions("\n".join(lines))
    return "\n\n".join(kept) + "\n"


def _definitions(source: str) -> list[str]:
    """Return a cell's imports, functions, classes and plain constants: what does no work when it is run."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return []
    kept = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef)
    return [
        ast.get_source_segment(source, node) or "" for node in tree.body if isinstance(node, kept) or _is_constant(node)
    ]


def _is_constant(node: ast.stmt) -> bool:
    return isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)


def _text(path: Path) -> str:
    if path.stat().st_size > LARGEST_FILE:
        raise SubmissionError(f"{path}: it is larger than {LARGEST_FILE >> 20} MiB")
    try:
        return path.read_bytes().decode("utf-8-sig", errors="replace").replace("\r\n", "\n").replace("\x00", "")
    except OSError as error:
        raise SubmissionError(f"{path}: it cannot be read: {error.strerror}") from None


def _root(path: Path) -> Path | None:
    """Return the package that a file belongs to; None for a lone file."""
    root, folder = None, path.resolve().parent
    if folder.name == "classifiers":
        root = folder.parent
    while (folder / "__init__.py").is_file() or folder.name == "cs231n":
        root, folder = folder, folder.parent
    return root


def _place(name: str, text: str) -> str:
    """Return where a lone file stands so that its relative imports mean something."""
    stem = re.sub(r"\W", "_", name.removesuffix(".py"))
    stem = f"_{stem}" if stem[:1].isdigit() else stem
    if re.search(r"^\s*from\s+\.\.\w*", text, re.MULTILINE):
        return f"cs231n/classifiers/{stem}.py"
    if re.search(r"^\s*from\s+\.\w*\s+import", text, re.MULTILINE):
        return f"cs231n/{stem}.py"
    return f"{stem}.py"
