"""Repairs for Python 2 and old NumPy, so that the mathematics can be judged: of the source, and of removed names.

Repairs of the source (`repaired_source`): print statements, `except X, e`, `raise X, "m"`, `<>`, backticks, 0777, ur"", tabs.
Restored names (`old_names`): xrange, unicode, raw_input, reduce; np.int, np.float, np.bool, np.product, np.lib.pad and others.
Division (`DivideAsPython2`): integer / integer is floor division, as in Python 2.
"""

import ast
import builtins
import functools
import re
from typing import Any

import numpy as np

__all__ = [
    "DivideAsPython2",
    "OldNumbers",
    "divide_as_python2",
    "looks_like_python2",
    "old_names",
    "old_number",
    "repaired_source",
    "used_old_names",
]

PRINT_PARENTHESES = re.compile(r"^(\s*)print\s*(\(.*\)\s*%.*|\([^)]*\)\s*,.*)$")
EXCEPT = re.compile(r"^(\s*except\s+[\w.]+|\s*except\s*\([^)]*\))\s*,\s*(\w+)\s*:")
RAISE = re.compile(r"^(\s*raise\s+[\w.]+)\s*,\s*(.+)$")
OLD_NUMPY = {
    "int": int, "float": float, "bool": bool, "object": object, "complex": complex, "long": int,
    "float_": np.float64, "product": np.prod, "cumproduct": np.cumprod, "alltrue": np.all, "sometrue": np.any,
    "in1d": np.isin, "row_stack": np.vstack, "Inf": np.inf, "Infinity": np.inf, "infty": np.inf, "NaN": np.nan,
    "asfarray": np.asarray, "trapz": getattr(np, "trapezoid", None), "msort": lambda a: np.sort(a, axis=0),
}  # fmt: skip
OLD_BUILTINS = {
    "xrange": range, "unicode": str, "basestring": str, "long": int, "unichr": chr, "raw_input": lambda *a: "",
    "reduce": functools.reduce, "cmp": lambda a, b: (a > b) - (a < b),
}  # fmt: skip
METHODS = {"iteritems": "items", "itervalues": "values", "iterkeys": "keys"}


def looks_like_python2(text: str) -> bool:
    """Say whether a source is valid only as Python 2."""
    return _parsed(text) is None and _parsed(repaired_source(text)) is not None


def _parsed(text: str) -> ast.Module | None:
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def repaired_source(text: str) -> str:
    """Return the source with Python 2's syntax turned into Python 3's, line by line."""
    lines = []
    for line in text.expandtabs(8).splitlines():
        if (statement := _print_statement(line)) is not None:
            line = statement
        elif match := PRINT_PARENTHESES.match(line):
            line = f"{match[1]}print({match[2]})"
        line = EXCEPT.sub(r"\1 as \2:", line)
        line = RAISE.sub(r"\1(\2)", line)
        line = re.sub(r"(?<=[\w\s)])<>(?=[\w\s(])", "!=", line)
        line = re.sub(r"`([^`'\"]+)`", r"repr(\1)", line)
        line = re.sub(r"(?<![\w.])0(\d+)(?![\w.])", r"0o\1", line)
        line = re.sub(r"(?<![\w.])(\d+)[lL]\b", r"\1", line)
        line = re.sub(r"\bur(['\"])", r"r\1", line)
        lines.append(line)
    return "\n".join(lines) + "\n"


def _print_statement(line: str) -> str | None:
    """Return a print statement as a call, None where a line is none. By hand: a pattern takes cubic time for a run of spaces."""
    words = line.lstrip()
    if not words.startswith("print"):
        return None
    code, sign, comment = words.removeprefix("print").partition("#")
    code = code.rstrip()
    ends_in_comma = code.endswith(",")
    code = code.removesuffix(",")
    body = code.strip()
    if body and (not code[0].isspace() or body[0] in "=("):
        return None
    if body.startswith(">>"):
        body = body.partition(",")[2].strip()
    space, end = line[: len(line) - len(words)], ", end=chr(32)" if ends_in_comma and body else ""
    return f"{space}print({body}{end})" + (f"  #{comment}" if sign else "")


class DivideAsPython2(ast.NodeTransformer):
    """Turn a / b into a call that floors where both are integers, and .iteritems() into .items()."""

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.op, ast.Div):
            name = ast.Name("__divide_as_python2__", ast.Load())
            return ast.copy_location(ast.Call(name, [node.left, node.right], []), node)
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        self.generic_visit(node)
        node.attr = METHODS.get(node.attr, node.attr)
        return node


class OldNumbers(ast.NodeTransformer):
    """Turn float(x) and int(x) into calls that take arrays of one number, as NumPy allowed before 2.4."""

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        is_plain = isinstance(node.func, ast.Name) and node.func.id in ("float", "int")
        if is_plain and len(node.args) == 1 and not node.keywords and not isinstance(node.args[0], ast.Starred):
            name = ast.Name("__old_number__", ast.Load())
            return ast.copy_location(ast.Call(name, [node.func, *node.args], []), node)
        return node


def old_number(kind: Any, value: Any) -> Any:
    """Return kind(value); of an array of one number, that number."""
    has_one = isinstance(value, np.ndarray) and value.ndim > 0 and value.size == 1
    return kind(value.item() if has_one else value)


def divide_as_python2(a: Any, b: Any) -> Any:
    """Return a / b, floored where both are integers."""
    integer = (int, np.integer)
    return a // b if isinstance(a, integer) and isinstance(b, integer) else a / b


def old_names() -> None:
    """Restore names that Python 3 and NumPy 2 removed. (np.long and np.bool of NumPy 2 stay as they are.)"""
    for name, value in OLD_BUILTINS.items():
        setattr(builtins, name, value)
    for name, value in OLD_NUMPY.items():
        if name not in vars(np) and value is not None:
            setattr(np, name, value)
    if not hasattr(np.lib, "pad"):
        np.lib.pad = np.pad  # type: ignore[attr-defined]


def used_old_names(text: str) -> list[str]:
    """Return the removed names that a source uses, as written."""
    tree = _parsed(text)
    if tree is None:
        return []
    found, old = [], OLD_BUILTINS.keys() - _bound_names(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in old:
            found.append(node.id)
        if isinstance(node, ast.Attribute):
            if isinstance(node.value, ast.Name) and node.value.id in ("np", "numpy") and node.attr in OLD_NUMPY:
                if node.attr not in vars(np) or node.attr in ("product",):
                    found.append(f"np.{node.attr}")
            elif node.attr == "pad" and isinstance(node.value, ast.Attribute) and node.value.attr == "lib":
                found.append("np.lib.pad")
            elif node.attr in METHODS:
                found.append(f".{node.attr}")
    return sorted(set(found))


def _bound_names(tree: ast.Module) -> set[str]:
    """Return the names that a source imports or assigns itself."""
    bound = set()
    for node in ast.walk(tree):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            bound |= {name for alias in node.names for name in (alias.name, alias.asname) if name}
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            bound.add(node.id)
    return bound
