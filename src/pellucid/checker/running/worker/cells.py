"""A notebook's cells as a source: what they define, without magics, shell lines, and whatever does work when it runs.

As IPython reads a cell: `%%name` in its first line makes all of it the magic's, and `%`, `!`, `?` and the like are special only at
the start of a logical line: not inside brackets, texts, or after a backslash. Runs in a worker, like `outline.py`.
"""

import ast
import builtins
import json
import re
from collections.abc import Iterator, Sequence

from . import gaps

__all__ = ["code_cells", "definitions", "without_magics"]

RUN_HERE = ("time", "capture", "prun")  # cell magics that run the cell in the notebook itself
ESCAPED = re.compile(r"[%!?,;/]")  # none of these begins a statement
SPECIAL = re.compile(r"[\w.,* \t\[\]]+=[ \t]*[%!]|%{0,2}[^\W\d][\w.*]*\?{1,2}[ \t]*$")  # `x = !ls`, `np.dot?`
OUTSIDE = re.compile(r"""#.*|'''|\"""|['"(\[{)\]}]|\\$""")  # what decides where a logical line ends
INSIDE = {closing: re.compile(rf"\\.|\\$|{closing}") for closing in ("'", '"', "'''", '"""')}  # a text
IMPORTS, DEFINITIONS = (ast.Import, ast.ImportFrom), (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
PLAIN = (
    *(ast.Constant, ast.Name, ast.Attribute, ast.Subscript, ast.Slice, ast.Tuple, ast.List, ast.Dict, ast.Set, ast.Starred),
    *(ast.UnaryOp, ast.BinOp, ast.BoolOp, ast.Compare, ast.IfExp, ast.JoinedStr, ast.FormattedValue, ast.Lambda),
)  # fmt: skip
PARTS = (ast.operator, ast.unaryop, ast.boolop, ast.cmpop, ast.expr_context)


def code_cells(text: str) -> list[str] | None:
    """Return the sources of a notebook's code cells, None where the text is no notebook."""
    try:
        cells = json.loads(text)["cells"]
        sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    except (ValueError, KeyError, TypeError, RecursionError, MemoryError):
        return None
    return [source.encode("utf-8", "replace").decode() for source in sources]  # JSON may hold halves of surrogate pairs


def without_magics(source: str) -> str:
    """Return a cell as Python: "" where a cell magic runs it elsewhere; each line of a magic or the shell becomes `...`."""
    lines = source.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    first = next((number for number, line in enumerate(lines) if line.strip()), 0)
    if magic := re.match(r"[ \t]*%%(\w*)", lines[first]):
        if magic[1] not in RUN_HERE:
            return ""
        lines[first] = ""
    written = []
    closing, depth = "", 0  # the end that an open text waits for, and brackets that are open
    begins, is_magic = True, False  # whether a logical line begins, and whether a magic goes on
    for line in lines:
        words = line.lstrip(" \t")
        if is_magic or (begins and (ESCAPED.match(words) or SPECIAL.match(words))):
            written.append("" if is_magic else line[: len(line) - len(words)] + "...")
            is_magic = line.endswith("\\")
            continue
        closing, depth, goes_on = _after(line, closing, depth)
        begins = not (closing or depth or goes_on)
        written.append(line)
    return "\n".join(written)


def _after(line: str, closing: str, depth: int) -> tuple[str, int, bool]:
    """Return what is open after a line: the end that a text waits for, brackets, and whether a backslash ends the line."""
    place = 0
    while found := (INSIDE[closing] if closing else OUTSIDE).search(line, place):
        piece, place = found[0], found.end()
        if piece == "\\":
            return closing, depth, True
        if closing:
            closing = "" if piece == closing else closing
        elif piece in INSIDE:
            closing = piece
        elif piece in ("(", "[", "{"):
            depth += 1
        elif piece in (")", "]", "}"):
            depth = max(0, depth - 1)
    return (closing if len(closing) == 3 else ""), depth, False


def definitions(sources: Sequence[str]) -> list[str]:
    """Return the imports, functions, classes and plain values of cells: everything that does no work when it runs."""
    known = {*dir(builtins)}
    return [text for source in sources for text in _defined(source, known)]


def _defined(source: str, known: set[str]) -> Iterator[str]:
    """Yield the statements of a cell that do no work. known: the names so far, to which theirs are added."""
    if (tree := _parsed(source)) is None and (tree := _parsed(source := gaps.filled(source))) is None:
        return
    body = tree.body
    lines = source.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "replace").splitlines(keepends=True)
    for node in body:
        try:
            is_definition = _does_no_work(node, known)
        except RecursionError:  # a sum of thousands
            continue
        if is_definition:
            known |= _bound(node)
            yield _text(lines, node)


def _parsed(source: str) -> ast.Module | None:
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _does_no_work(node: ast.stmt, known: set[str]) -> bool:
    """Whether a statement defines something, from names that are known: it cannot fail because something else was left out."""
    if isinstance(node, (*IMPORTS, *DEFINITIONS)):
        return True
    if isinstance(node, ast.Assign):
        return all(_is_target(target) for target in node.targets) and _is_plain(node.value, known)
    if isinstance(node, ast.AnnAssign):
        parts = [node.annotation, *([node.value] if node.value is not None else [])]
        return _is_target(node.target) and all(_is_plain(part, known) for part in parts)
    if isinstance(node, ast.If):
        return _is_plain(node.test, known) and _do_no_work([*node.body, *node.orelse], known)
    if isinstance(node, ast.Try):
        handled = [inner for handler in node.handlers for inner in handler.body]
        return _do_no_work([*node.body, *handled, *node.orelse, *node.finalbody], known)
    return False


def _do_no_work(body: Sequence[ast.stmt], known: set[str]) -> bool:
    """Whether all statements of a block define something, and at least one does."""
    inside = set(known)
    for node in body:
        if not (isinstance(node, ast.Pass) or _does_no_work(node, inside)):
            return False
        inside |= _bound(node)
    return not all(isinstance(node, ast.Pass) for node in body)


def _is_target(node: ast.expr) -> bool:
    """Whether an assignment's left side is names alone."""
    return isinstance(node, ast.Name) or (isinstance(node, (ast.Tuple, ast.List)) and all(map(_is_target, node.elts)))


def _is_plain(node: ast.AST, known: set[str]) -> bool:
    """Whether an expression calls nothing, outside the bodies of its lambdas, and needs known names only."""
    if isinstance(node, ast.Lambda):
        defaults = [*node.args.defaults, *(default for default in node.args.kw_defaults if default is not None)]
        return all(_is_plain(default, known) for default in defaults)
    if isinstance(node, ast.Name):
        return node.id in known
    return isinstance(node, (*PLAIN, *PARTS)) and all(_is_plain(inner, known) for inner in ast.iter_child_nodes(node))


def _bound(node: ast.stmt) -> set[str]:
    """Return the names that a statement of these kinds binds."""
    if isinstance(node, IMPORTS):
        return {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
    if isinstance(node, DEFINITIONS):
        return {node.name}
    if isinstance(node, (ast.If, ast.Try)):
        inside = [child for child in ast.iter_child_nodes(node) if isinstance(child, (ast.stmt, ast.ExceptHandler))]
        inside += [inner for child in inside if isinstance(child, ast.ExceptHandler) for inner in child.body]
        return {name for child in inside if isinstance(child, ast.stmt) for name in _bound(child)}
    return {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store)}


def _text(lines: Sequence[bytes], node: ast.stmt) -> str:
    """Return a statement's text, with its decorators."""
    decorators = getattr(node, "decorator_list", [])
    first = min([node.lineno, *(decorator.lineno for decorator in decorators)])
    last = node.end_lineno or node.lineno
    part = list(lines[first - 1 : last])
    part[-1] = part[-1][: node.end_col_offset]
    part[0] = part[0][0 if decorators else node.col_offset :]
    return b"".join(part).decode("utf-8", "replace")
