"""A notebook as one source: what its code cells define."""

import ast
import json
import re

from pellucid.checker.reading.parsing import parsed, segment, split_lines
from pellucid.checker.reading.source_files import too_many_words

__all__ = ["NotebookError", "notebook_source"]

DEFINITIONS = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef)


class NotebookError(ValueError):
    """A text is not a notebook."""


def notebook_source(text: str) -> str:
    """Return what the code cells define, as one source; magics and shell lines are left out. Raises NotebookError."""
    definitions = []
    cells = _code_cells(text)
    if reason := too_many_words("\n".join(cells)):
        raise NotebookError(reason)
    for source in cells:
        lines = ["" if re.match(r"\s*[%!?]", line) else line for line in source.splitlines()]
        definitions += _definitions("\n".join(lines))
    return "\n\n".join(definitions) + "\n"


def _code_cells(text: str) -> list[str]:
    try:
        cells = json.loads(text)["cells"]
        sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    except (ValueError, KeyError, TypeError, RecursionError, MemoryError):
        raise NotebookError("not a readable notebook") from None
    return [source.encode("utf-8", "replace").decode() for source in sources]  # JSON may hold halves of surrogate pairs


def _definitions(source: str) -> list[str]:
    """Return a cell's imports, functions, classes and plain constants: everything that does no work when it runs."""
    tree = parsed(source)
    lines = split_lines(source)
    return [
        segment(lines, node)
        for node in (tree.body if tree is not None else [])
        if isinstance(node, DEFINITIONS) or (isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant))
    ]
