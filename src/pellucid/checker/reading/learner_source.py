"""The learner's source: which functions it defines, which are stubs, and on which line a mistake most likely is."""

import ast
import difflib
import io
import itertools
import re
import tokenize
from collections.abc import Iterator

from pellucid.checker.reading.parsing import parsed, segment, split_lines

__all__ = ["LearnerSource", "names_in"]

LIKELY = 0.6  # below this similarity a line is not named
LONGEST_STATEMENT, MOST_STATEMENTS = 1_000, 5_000  # characters and statements that are compared


class LearnerSource:
    """A file as text and as a syntax tree (empty where it cannot be parsed)."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.lines = text.splitlines()
        self.tree = parsed(text)
        body = self.tree.body if self.tree is not None else []
        defined = [node for node in body if isinstance(node, (ast.FunctionDef, ast.ClassDef))]
        self._nodes = {node.name: node for node in reversed(defined)}  # the first of each name

    def names(self) -> list[str]:
        """Return the functions and classes defined at the top, in order."""
        if self.tree is None:
            return names_in(self.text)
        return [node.name for node in self.tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef))]

    def docstring(self, name: str) -> str:
        """Return a function's docstring."""
        node = self._node(name)
        return (ast.get_docstring(node) or "") if node is not None else ""

    def line(self, number: int) -> str:
        """Return a line without its indentation."""
        return self.lines[number - 1].strip() if 0 < number <= len(self.lines) else ""

    def is_stub(self, name: str) -> bool:
        """Say whether a function computes nothing: only pass, None, unpacking, or NotImplementedError."""
        node = self._node(name)
        if node is None:
            return False
        body = [n for n in node.body if not (isinstance(n, ast.Expr) and isinstance(n.value, ast.Constant))]
        computes = (ast.BinOp, ast.For, ast.While, ast.AugAssign, ast.Compare, ast.With)
        return not any(isinstance(inner, computes) for n in body for inner in ast.walk(n)) and any(
            isinstance(inner, ast.Pass)
            or (isinstance(inner, ast.Raise) and _names(inner, "NotImplementedError"))
            or (isinstance(inner, ast.Constant) and inner.value is None)
            for n in body
            for inner in ast.walk(n)
        )

    def fills(self, name: str, attribute: str) -> bool:
        """Say whether a class's code puts items into one of its attributes, even if it never gets there."""
        node = self._node(name)
        return node is not None and any(
            isinstance(inner, ast.Subscript)
            and isinstance(inner.ctx, ast.Store)
            and isinstance(inner.value, ast.Attribute)
            and inner.value.attr == attribute
            for inner in ast.walk(node)
        )

    def shared_defaults(self, name: str) -> list[str]:
        """Return the arguments of a function whose default is one object for all calls: a list, a dictionary, an array."""
        node = self._node(name)
        if not isinstance(node, ast.FunctionDef):
            return []
        arguments = [*node.args.posonlyargs, *node.args.args]
        pairs = [*zip(arguments[len(arguments) - len(node.args.defaults) :], node.args.defaults, strict=True)]
        pairs += [(a, d) for a, d in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True) if d is not None]
        shared = (ast.List, ast.Dict, ast.Set, ast.Call, ast.ListComp, ast.DictComp)
        return [f"{argument.arg}={_unparsed(value)}" for argument, value in pairs if isinstance(value, shared)]

    def likely_line(self, name: str, wrong: str, outputs: str) -> int:
        """Return the number of the line that looks most like a mistaken line; 0 if nothing points to one.

        Where no line looks like it: the last line that sets the output, then the return if there is only one.
        """
        node = self._node(name)
        if node is None:
            return 0
        lines = split_lines(self.text)
        mistaken = _tokens(wrong.splitlines()[0] if wrong else "")
        best, likely = LIKELY, 0
        last = 0
        for statement in itertools.islice(_simple_statements(node), MOST_STATEMENTS):
            text = segment(lines, statement)[:LONGEST_STATEMENT]
            if mistaken and (score := difflib.SequenceMatcher(None, mistaken, _tokens(text)).ratio()) > best:
                best, likely = score, statement.lineno
            if any(re.match(rf"(\w+\[[\"'])?{re.escape(output)}\b.*=", text) for output in outputs.split(", ")):
                last = statement.lineno
        returns = [statement.lineno for statement in _simple_statements(node) if isinstance(statement, ast.Return)]
        return likely or last or (returns[0] if len(returns) == 1 else 0)

    def _node(self, name: str) -> ast.FunctionDef | ast.ClassDef | None:
        return self._nodes.get(name)


def _names(node: ast.AST, name: str) -> bool:
    return any(isinstance(inner, ast.Name) and inner.id == name for inner in ast.walk(node))


def _unparsed(node: ast.expr) -> str:
    """Return an expression as text, cut short; "..." where it cannot be written."""
    try:
        text = ast.unparse(node)
    except (RecursionError, MemoryError, ValueError):
        return "..."
    return text if len(text) <= 200 else text[:200] + "..."


def names_in(text: str) -> list[str]:
    """Return what a source that cannot be parsed seems to define at the top."""
    return re.findall(r"^(?:def|class)[ \t]+(\w+)", text, re.MULTILINE)


def _simple_statements(node: ast.AST) -> Iterator[ast.stmt]:
    for inner in ast.walk(node):
        if isinstance(inner, (ast.Assign, ast.AugAssign, ast.Return, ast.AnnAssign)):
            yield inner


def _tokens(text: str) -> list[str]:
    """Return a line's tokens."""
    try:
        return [t.string for t in tokenize.generate_tokens(io.StringIO(text).readline) if t.string.strip()]
    except (tokenize.TokenError, SyntaxError, IndentationError):
        return text.split()
