"""Small edits of a syntax tree: each changes a node in place, or returns its replacement."""

import ast
from collections.abc import Callable
from typing import Any

__all__ = [
    "Change",
    "call_other",
    "constant",
    "exchange_two",
    "named",
    "second_term",
    "square_of_sum",
    "text_of",
    "with_axis",
    "with_comparison",
    "with_field",
    "with_operator",
    "with_returned",
    "without",
    "without_keyword",
]

Change = tuple[str, str, Callable[[Any], Any]]  # kind, sentence, the edit


def text_of(node: ast.AST) -> str:
    """Return the source of a node, abbreviated if it is long."""
    text = ast.unparse(node)
    return text if len(text) <= 70 else text[:67] + "..."


def second_term(node: ast.BinOp) -> ast.expr:
    """Return a sum without its first term."""
    return node.right if isinstance(node.op, ast.Add) else ast.UnaryOp(ast.USub(), node.right)


def with_operator(node: Any, operator: type[ast.operator]) -> None:
    """Change the operator."""
    node.op = operator()


def with_field(node: Any, name: str, value: ast.AST) -> None:
    """Change one field of a node."""
    setattr(node, name, value)


def constant(value: float, node: Any) -> ast.AST:
    """Return another number."""
    return ast.Constant(value) if value >= 0 else ast.UnaryOp(ast.USub(), ast.Constant(-value))


def without(skip: int, node: Any) -> None:
    """Leave an element out."""
    del node.elts[skip]


def without_keyword(number: int, node: Any) -> None:
    """Leave a keyword argument out."""
    del node.keywords[number]


def with_axis(number: int, value: object, node: Any) -> None:
    """Change the axis that a keyword argument names."""
    node.keywords[number].value = ast.parse(repr(value), mode="eval").body


def square_of_sum(node: Any) -> ast.AST:
    """Return the square of the sum of what was squared."""
    node.args[0] = node.args[0].left
    return ast.BinOp(node, ast.Pow(), ast.Constant(2))


def call_other(node: Any, name: str) -> None:
    """Call another function."""
    node.func.attr = name


def exchange_two(node: Any) -> None:
    """Swap the last two arguments."""
    args = node.args
    args[-1], args[-2] = args[-2], args[-1]


def with_comparison(operator: type[ast.cmpop], node: Any) -> None:
    """Change the comparison."""
    node.ops = [operator()]


def with_returned(names: dict[int, str], node: Any) -> None:
    """Return other names in some positions."""
    for position, name in names.items():
        node.value.elts[position] = ast.Name(name, ast.Load())


def named(name: str, node: Any) -> ast.AST:
    """Return another name."""
    return ast.Name(name, ast.Load())
