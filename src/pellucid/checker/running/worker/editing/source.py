"""A parsed source: where its nodes are, as characters of the text, and what they say."""

import ast
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

__all__ = ["Change", "SourceText", "short", "text_of"]

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
HOLDERS = ("self", "ctx")
MOST_NAMES, MOST_CALLED, LONGEST_SHOWN = 16, 4, 60


class Change(NamedTuple):
    """One way to change a function."""

    key: str  # of its kind, where the same may be changed in several places at once; "" where not
    sentence: str  # what was wrong; "" where the change itself says it
    node: Any
    new: str


class SourceText:
    """The text of a source and its tree."""

    def __init__(self, text: str) -> None:
        self.text, self.tree = text, ast.parse(text)
        self.lines = re.findall(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+", text)
        self.starts = [0]
        for line in self.lines:
            self.starts.append(self.starts[-1] + len(line))

    def span(self, node: Any) -> tuple[int, int]:
        """Return where a node begins and ends."""
        return self._at(node.lineno, node.col_offset), self._at(node.end_lineno, node.end_col_offset)

    def _at(self, line: int, column: int) -> int:
        text = self.lines[line - 1] if line <= len(self.lines) else ""
        return self.starts[line - 1] + len(text.encode("utf-8", "surrogatepass")[:column].decode("utf-8", "ignore"))

    def plain(self, node: Any) -> str:
        """Return the text of a node."""
        start, end = self.span(node)
        return self.text[start:end]

    def source(self, node: Any) -> str:
        """Return the text of a node, in parentheses where it could be read in another way in a larger expression."""
        text = self.plain(node)
        return f"({text})" if isinstance(node, (ast.BinOp, ast.UnaryOp, ast.Compare, ast.IfExp, ast.BoolOp)) else text

    def top(self, name: str) -> Any:
        """Return the function or class at the top that has a name, or None."""
        found = [one for one in ast.walk(self.tree) if isinstance(one, (*FUNCTIONS, ast.ClassDef)) and one.name == name]
        return next((one for one in found if one in self.tree.body), found[0] if found else None)

    def function(self, line: int, name: str) -> Any:
        """Return the function that begins in a line, or the one at the top that has a name."""
        found = (one for one in ast.walk(self.tree) if isinstance(one, FUNCTIONS) and one.lineno == line)
        return next(found, None) if line else self.top(name)

    def owner(self, function: Any) -> Any:
        """Return the class of a method, None for a function."""
        return next(
            (one for one in ast.walk(self.tree) if isinstance(one, ast.ClassDef) and function in one.body), None
        )

    def whole(self, node: Any) -> list[int]:
        """Return where a function or class begins and ends, with its decorators."""
        first = min([node.lineno, *(one.lineno for one in node.decorator_list)])
        return [self._at(first, node.col_offset), self.span(node)[1]]

    def called(self, function: Any) -> list[Any]:
        """Return the functions of the source that a function calls: at the top, or of its class."""
        owner = self.owner(function)
        known = {one.name: one for one in self.tree.body if isinstance(one, FUNCTIONS)}
        known |= {f"self.{one.name}": one for one in (owner.body if owner else []) if isinstance(one, FUNCTIONS)}
        names = dict.fromkeys(self.plain(one.func) for one in ast.walk(function) if isinstance(one, ast.Call))
        return [known[name] for name in names if name in known and known[name] is not function][:MOST_CALLED]

    def names(self, function: Any) -> list[str]:
        """Return the names and attributes that a function uses and may use, in their order."""
        found: dict[str, None] = {}
        node: Any
        for node in ast.walk(function):
            if _is_held(node):
                found[self.plain(node)] = None
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                found[node.id] = None
        found |= dict.fromkeys(one.arg for one in function.args.args if one.arg not in HOLDERS)
        owner = self.owner(function)
        if owner is not None:
            held = [one for one in ast.walk(owner) if _is_held(one)]
            found |= dict.fromkeys(self.plain(one) for one in held if isinstance(getattr(one, "ctx", None), ast.Store))
        methods = {f"self.{one.name}" for one in (owner.body if owner else []) if isinstance(one, FUNCTIONS)}
        return [name for name in found if name not in methods][:MOST_NAMES]

    def loads(self, function: Any) -> Iterator[Any]:
        """Yield the nodes that read one of these names."""
        names = set(self.names(function))
        for node in ast.walk(function):
            if (
                isinstance(node, (ast.Name, ast.Attribute))
                and isinstance(node.ctx, ast.Load)
                and self.plain(node) in names
            ):
                yield node


def _is_held(node: Any) -> bool:
    return isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in HOLDERS


def text_of(node: ast.AST) -> str:
    """Return a node in Python's own form, in parentheses where it could be read in another way in a larger expression."""
    text = ast.unparse(node)
    return f"({text})" if isinstance(node, (ast.BinOp, ast.BoolOp, ast.Compare, ast.IfExp, ast.UnaryOp)) else text


def short(node: ast.AST) -> str:
    """Return a node as a sentence quotes it."""
    text = ast.unparse(node)
    return f"`{text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 3] + '...'}`"
