"""Parse sources that others wrote: what the parser cannot take gives no tree, never an exception."""

import ast
from collections.abc import Sequence

__all__ = ["parsed", "segment", "split_lines"]


def parsed(text: str) -> ast.Module | None:
    """Return the syntax tree of a source, None for an invalid one and for one that is nested too deeply."""
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def split_lines(text: str) -> list[bytes]:
    """Return the lines of a source as the parser counts them, with their ends."""
    return text.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "replace").splitlines(keepends=True)


def segment(lines: Sequence[bytes], node: ast.stmt) -> str:
    """Return a statement's text, as `ast.get_source_segment` does, without splitting the whole source each time."""
    last = (node.end_lineno or node.lineno) - 1
    part = list(lines[node.lineno - 1 : last + 1])
    if not part:
        return ""
    part[-1] = part[-1][: node.end_col_offset]
    part[0] = part[0][node.col_offset :]
    return b"".join(part).decode("utf-8", "replace")
