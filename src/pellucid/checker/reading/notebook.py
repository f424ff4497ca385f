"""A notebook as one source: what its code cells define."""

import ast
import json
import re

__all__ = ["NotebookError", "notebook_source"]

DEFINITIONS = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef)


class NotebookError(ValueError):
    """A text is not a notebook."""


def notebook_source(text: str) -> str:
    """Return what the code cells define, as one source; magics and shell lines are left out. Raises NotebookError."""
    try:
        cells = json.loads(text)["cells"]
        sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    except (ValueError, KeyError, TypeError):
        raise NotebookError("not a readable notebook") from None
    definitions = []
    for source in sources:
        lines = ["" if re.match(r"\s*[%!?]", line) else line for line in source.splitlines()]
        definitions += _definitions("\n".join(lines))
    return "\n\n".join(definitions) + "\n"


def _definitions(source: str) -> list[str]:
    """Return a cell's imports, functions, classes and plain constants: everything that does no work when it runs."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return []
    return [
        ast.get_source_segment(source, node) or ""
        for node in tree.body
        if isinstance(node, DEFINITIONS) or (isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant))
    ]
