"""A parsed source: where its nodes are, as characters of the text, and what they say."""

import ast
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

__all__ = ["SourceText", "TextChange", "parts_of", "short", "text_of"]

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
HOLDERS = ("self", "ctx")
MOST_NAMES, MOST_CALLED, LONGEST_SHOWN = 20, 4, 60
VALUES = (
    "T",
    "shape",
    "size",
    "sum",
    "mean",
    "dot",
    "copy",
    "transpose",
    "reshape",
    "max",
    "min",
    "std",
    "var",
    "argmax",
    "ravel",
)
OF_GRADIENT = re.compile(
    r"_?(d|g|grad|gradient|delta|up|upstream|err|error|ct|dout|seed)_?\d?$|_?(d|grad_|delta_|g_)[A-Za-z]", re.IGNORECASE
)
LITTLE = 7  # characters that say little where they stand alone
KEPT_CALLS = (
    "get",
    "range",
    "len",
    "zeros",
    "zeros_like",
    "ones",
    "empty",
    "arange",
    "print",
    "format",
    "reshape",
    "transpose",
    "super",
)
Kind = str  # of a part: operands, arguments, values, indices


class TextChange(NamedTuple):
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
        self._spans: dict[Any, tuple[int, int]] = {}
        self._parents = {inner: outer for outer in ast.walk(self.tree) for inner in ast.iter_child_nodes(outer)}

    def span(self, node: Any) -> tuple[int, int]:
        """Return where a node begins and ends."""
        if node not in self._spans:
            first, last = self._at(node.lineno, node.col_offset), self._at(node.end_lineno, node.end_col_offset)
            self._spans[node] = first, last
        return self._spans[node]

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

    def factor(self, node: Any) -> str:
        """Return the text of a node as the first factor of a product."""
        is_product = isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Mult, ast.Div, ast.Pow))
        return self.plain(node) if is_product else self.source(node)

    def shown(self, node: Any) -> tuple[int, int]:
        """Return what to quote of a change of a node: the node, or what is around it where the node alone says little."""
        while isinstance(node, (ast.Constant, ast.Name, ast.Slice, ast.Tuple, ast.UnaryOp, ast.keyword)) or _is_sum(
            node
        ):
            says_little = len(self.plain(node)) <= LITTLE or isinstance(node, (ast.Constant, ast.Slice, ast.keyword))
            outer = self._parents.get(node)
            while isinstance(outer, ast.Tuple) and not hasattr(node, "arg"):
                outer = self._parents.get(outer)
            is_shown = isinstance(outer, (ast.expr, ast.keyword)) and len(self.plain(outer)) <= LONGEST_SHOWN
            if not (says_little and is_shown):
                break
            node = outer
        return self.span(node)

    def is_returned(self, node: Any) -> bool:
        """Whether a node is a name that is returned as it is, alone or beside others."""
        outer = self._parents.get(node)
        outer = self._parents.get(outer) if isinstance(outer, (ast.Tuple, ast.Dict)) else outer
        return isinstance(node, (ast.Name, ast.Attribute)) and isinstance(outer, ast.Return)

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
        """Return the values that a function uses and may use, by what they are called there, in their order."""
        found: dict[str, None] = {}
        outer = self._around(function)
        stored: list[Any] = [one for around in outer for one in ast.walk(around) if _is_name(one, ast.Store)]
        outside = {one.arg for around in outer for one in around.args.args} | {one.id for one in stored}
        node: Any
        for node in ast.walk(function):
            if _is_held(node) or _is_item(node) or _is_name(node, ast.Store) or (_is_name(node) and node.id in outside):
                found[self.plain(node)] = None
        arguments = dict.fromkeys(one.arg for one in function.args.args if one.arg not in HOLDERS)
        found = {**arguments, **found}
        owner = self.owner(function)
        if owner is not None:
            held = [one for one in ast.walk(owner) if _is_held(one)]
            found |= dict.fromkeys(self.plain(one) for one in held if isinstance(getattr(one, "ctx", None), ast.Store))
        no_values = {f"self.{one.name}" for one in (owner.body if owner else []) if isinstance(one, FUNCTIONS)}
        no_values |= {one.name for one in ast.walk(function) if isinstance(one, FUNCTIONS)}
        for node in ast.walk(function):  # what holds values is none: a cache, a dict of gradients
            if _is_item(node) or (isinstance(node, ast.Assign) and isinstance(node.targets[0], (ast.Tuple, ast.List))):
                no_values.add(self.plain(node.value))
        return [name for name in found if name not in no_values and name != "_"][:MOST_NAMES]

    def gradients(self, function: Any) -> list[str]:
        """Return the values that a backward computes from the gradients that arrive; none where none is called like one."""
        found = {one.arg for one in function.args.args if OF_GRADIENT.match(one.arg)}
        parts: list[Any] = [one for one in ast.walk(function) if isinstance(one, (ast.Assign, ast.AugAssign))]
        for node in (*parts, *parts) if found else ():  # twice: a loop's first line may use what its last one sets
            if found & {self.plain(one) for one in ast.walk(node.value) if isinstance(one, (ast.Name, ast.Attribute))}:
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                found |= {self.plain(one) for target in targets for one in ast.walk(target) if _is_set(one)}
        return [name for name in self.names(function) if name in found]

    def _around(self, function: Any) -> list[Any]:
        """Return the functions that a function stands in."""
        return [
            one
            for one in ast.walk(self.tree)
            if isinstance(one, FUNCTIONS) and one is not function and any(inner is function for inner in ast.walk(one))
        ]

    def loads(self, function: Any) -> Iterator[Any]:
        """Yield the nodes that read a value: a name, an attribute of the object, an item of a dict."""
        called = {id(one.func) for one in ast.walk(function) if isinstance(one, ast.Call)}
        for node in ast.walk(function):
            is_read = isinstance(getattr(node, "ctx", None), ast.Load) and id(node) not in called
            if is_read and (_is_name(node) or _is_held(node) or _is_item(node)):
                outer = self._parents.get(node)
                if not isinstance(outer, ast.Attribute) or outer.attr in VALUES:
                    yield node


def _is_set(node: Any) -> bool:
    return _is_name(node, ast.Store) or _is_held(node) or _is_item(node)


def _is_sum(node: Any) -> bool:
    """Whether a node is an index like `t + 1`."""
    return isinstance(node, ast.BinOp) and isinstance(node.right, ast.Constant) and isinstance(node.left, ast.Name)


def _is_name(node: Any, kind: Any = ast.Load) -> bool:
    return isinstance(node, ast.Name) and isinstance(node.ctx, kind)


def _is_item(node: Any) -> bool:
    """Whether a node is what a dict holds under a name."""
    is_text = isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant) and type(node.slice.value) is str
    return is_text and isinstance(node.value, (ast.Name, ast.Attribute))


def _is_held(node: Any) -> bool:
    return isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in HOLDERS


def parts_of(function: Any, *kinds: Kind) -> Iterator[Any]:
    """Yield the parts of a function of some kinds: operands, arguments of calls, whole values, indices; each once."""
    seen: set[int] = set()
    for statement in function.body:
        for node in ast.walk(statement):
            for kind, part in _parts_in(node):
                if kind in kinds and id(part) not in seen:
                    seen.add(id(part))
                    yield part


def _parts_in(node: Any) -> Iterator[tuple[Kind, Any]]:
    if isinstance(node, ast.BinOp):
        yield from (("operands", one) for one in (node.left, node.right))
    elif isinstance(node, ast.UnaryOp):
        yield "operands", node.operand
    elif isinstance(node, ast.Call):
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if isinstance(node.func, ast.Attribute) and not (
            isinstance(node.func.value, ast.Name) and node.func.value.id in ("np", "numpy", "self", "torch", "math")
        ):
            yield "operands", node.func.value
        yield from (("arguments", one) for one in node.args if name not in KEPT_CALLS)
    elif isinstance(node, (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Return)) and node.value is not None:
        value = node.value
        parts = value.elts if isinstance(value, ast.Tuple) else value.values if isinstance(value, ast.Dict) else [value]
        yield from (("values", one) for one in parts if not isinstance(one, ast.Starred))
    elif isinstance(node, (ast.List, ast.Tuple)) and isinstance(node.ctx, ast.Load):
        yield from (("values", one) for one in node.elts if not isinstance(one, (ast.Slice, ast.Starred)))
    elif isinstance(node, ast.Subscript):
        inside = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        yield from (("indices", one) for one in inside)


def text_of(node: ast.AST) -> str:
    """Return a node in Python's own form, in parentheses where it could be read in another way in a larger expression."""
    text = ast.unparse(node)
    return f"({text})" if isinstance(node, (ast.BinOp, ast.BoolOp, ast.Compare, ast.IfExp, ast.UnaryOp)) else text


def short(node: ast.AST) -> str:
    """Return a node as a sentence quotes it."""
    text = ast.unparse(node)
    return f"`{text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 3] + '...'}`"
