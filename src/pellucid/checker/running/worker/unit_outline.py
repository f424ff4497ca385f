"""What functions and classes a source defines, and what they take: records to find layers in.

Runs in a worker, and runs nothing of the source.

functions: [{name, line, end, args: [[name, default, kind]], keys, items, returns, answers, constants, calls, pullbacks}]
classes:   [{name, line, bases, methods: [function], static: [names]}]
asked:     [[line, text]]    comments of the form `# pellucid: unit ...`

pullbacks are the functions that a function makes and returns: [function, with its place in the tuple that is returned].
A lambda that has a name is a function; the fields of a dataclass are the arguments of its `__init__`.
"""

import ast
import re
from collections.abc import Iterator
from typing import Any

__all__ = ["units_of"]

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
BLOCKS = (ast.If, ast.Try, ast.With)
MOST, LONGEST = 400, 200
ASKED = re.compile(r"^[ \t]*#[ \t]*pellucid:[ \t]*unit[ \t]+(.+)$", re.MULTILINE)


def units_of(text: str) -> dict[str, Any]:
    """Return the records of a source; none of one that cannot be parsed."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {"functions": [], "classes": [], "asked": []}
    top = list(_at_the_top(tree))
    functions = {node.name: _function(node) for node in top if isinstance(node, FUNCTIONS)}
    functions |= {name: _function(node, name) for name, node in _named_lambdas(top)}
    classes = {node.name: _class(node) for node in top if isinstance(node, ast.ClassDef)}
    asked = [[text.count("\n", 0, found.start()) + 1, found[1][:1000]] for found in ASKED.finditer(text)]
    return {
        "functions": list(functions.values())[:MOST],
        "classes": list(classes.values())[:MOST],
        "asked": asked[:MOST],
    }


def _at_the_top(tree: ast.AST) -> Iterator[ast.stmt]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.stmt):
            yield node
        if isinstance(node, BLOCKS):
            yield from _at_the_top(node)


def _named_lambdas(top: list[ast.stmt]) -> Iterator[tuple[str, ast.Lambda]]:
    """Yield the lambdas that are given a name: `sigmoid = lambda z: ...`."""
    for node in top:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Lambda):
            yield from ((target.id, node.value) for target in node.targets if isinstance(target, ast.Name))


def _class(node: ast.ClassDef) -> dict[str, Any]:
    methods = {inner.name: _function(inner) for inner in node.body if isinstance(inner, FUNCTIONS)}
    if "__init__" not in methods and any("dataclass" in _text(one) for one in node.decorator_list):
        methods["__init__"] = _made_of_fields(node)
    static = [
        inner.name
        for inner in node.body
        if isinstance(inner, FUNCTIONS) and any(_text(one).endswith("staticmethod") for one in inner.decorator_list)
    ]
    return {
        "name": node.name[:LONGEST],
        "line": node.lineno,
        "end": node.end_lineno or node.lineno,
        "bases": [_text(base) for base in node.bases][:20],
        "methods": list(methods.values())[:100],
        "static": [name[:LONGEST] for name in static][:100],
        "constants": [
            number for one in node.body if isinstance(one, (ast.Assign, ast.AnnAssign)) for number in _constants(one)
        ][:60],
    }


def _made_of_fields(node: ast.ClassDef) -> dict[str, Any]:
    """Return the record of the `__init__` that a dataclass gets."""
    args: list[list[Any]] = [["self", None, "plain"]]
    for field in node.body:
        if not isinstance(field, ast.AnnAssign) or not isinstance(field.target, ast.Name):
            continue
        default = _text(field.value) if field.value is not None else None
        if "ClassVar" not in _text(field.annotation) and "init=False" not in (default or ""):
            args.append([field.target.id[:LONGEST], default, _kind(field.annotation)])
    return {"name": "__init__", "line": node.lineno, "end": node.lineno, "args": args[:40]}


def _kind(annotation: Any) -> str:
    """Return "array" for an argument that says so, "plain" for any other."""
    return "array" if annotation is not None and re.search(r"[Aa]rray|Tensor", _text(annotation)) else "plain"


def _function(node: Any, name: str = "") -> dict[str, Any]:
    arguments = [*node.args.posonlyargs, *node.args.args]
    defaults: list[Any] = [None] * (len(arguments) - len(node.args.defaults)) + list(node.args.defaults)
    args = [
        [a.arg[:LONGEST], _text(d) if d is not None else None, _kind(a.annotation)]
        for a, d in zip(arguments, defaults, strict=True)
    ]
    args += [
        [a.arg[:LONGEST], _text(d) if d is not None else None, "keyword"]
        for a, d in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
    ]
    args += [[node.args.vararg.arg[:LONGEST], None, "rest"]] if node.args.vararg else []
    names = {arg[0] for arg in args}
    return {
        "name": (name or node.name)[:LONGEST],
        "line": node.lineno,
        "end": node.end_lineno or node.lineno,
        "args": args[:40],
        "pullbacks": [] if isinstance(node, ast.Lambda) else _pullbacks(node),
        "keys": _keys(node, names),
        "items": _items(node, names),
        "attributes": _attributes(node, names),
        "returns": max([_count(inner) for inner in _own(node) if isinstance(inner, ast.Return)], default=0),
        "answers": _answers(node),
        "constants": _constants(node),
        "calls": sorted({_text(inner.func) for inner in ast.walk(node) if isinstance(inner, ast.Call)})[:100],
    }


def _own(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the parts of a function, without those of functions inside it."""
    for inner in ast.iter_child_nodes(node):
        if not isinstance(inner, (*FUNCTIONS, ast.Lambda, ast.ClassDef)):
            yield inner
            yield from _own(inner)


def _answers(node: Any) -> list[str]:
    """Return the texts of the tuple that a function returns, those of the last one of several."""
    tuples = [
        inner.value for inner in _own(node) if isinstance(inner, ast.Return) and isinstance(inner.value, ast.Tuple)
    ]
    return [_text(one) for one in tuples[-1].elts][:40] if tuples else []


def _pullbacks(node: Any) -> list[list[Any]]:
    """Return the functions that a function makes and returns in a tuple, with their places in it."""
    inside: dict[str, Any] = {inner.name: inner for inner in node.body if isinstance(inner, FUNCTIONS)}
    inside |= dict(_named_lambdas(node.body))
    found = []
    for answer in [inner for inner in _own(node) if isinstance(inner, ast.Return)]:
        for place, part in enumerate(answer.value.elts if isinstance(answer.value, ast.Tuple) else ()):
            made = inside.get(part.id) if isinstance(part, ast.Name) else part if isinstance(part, ast.Lambda) else None
            if made is not None:
                found.append([_function(made, getattr(made, "name", "pullback")), place])
    return found[:4]


def _count(node: ast.Return) -> int:
    if node.value is None:
        return 0
    return len(node.value.elts) if isinstance(node.value, ast.Tuple) else 1


def _keys(node: ast.AST, names: set[str]) -> dict[str, list[str]]:
    """Return the keys by which arguments are looked up: `params["W1"]`, `bn_param.get("eps", 1e-5)`."""
    keys: dict[str, list[str]] = {}
    inner: Any
    for inner in ast.walk(node):
        holder: Any = None
        key: Any = None
        if isinstance(inner, ast.Subscript) and isinstance(inner.slice, ast.Constant):
            holder, key = inner.value, inner.slice.value
        elif _is_call_of(inner, ("get", "setdefault")) and inner.args and isinstance(inner.args[0], ast.Constant):
            holder, key = inner.func.value, inner.args[0].value
        if isinstance(holder, ast.Name) and holder.id in names and isinstance(key, str):
            found = keys.setdefault(holder.id[:LONGEST], [])
            if key[:LONGEST] not in found and len(found) < 40:
                found.append(key[:LONGEST])
    return keys


def _is_call_of(node: ast.AST, names: tuple[str, ...]) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in names


def _items(node: ast.AST, names: set[str]) -> dict[str, str]:
    """Return how arguments are gone through: "dict" for `.items()`, "list" for `zip` and loops."""
    ways: dict[str, str] = {}
    inner: Any
    for inner in ast.walk(node):
        if _is_call_of(inner, ("items", "keys", "values")) and getattr(inner.func.value, "id", "") in names:
            ways[inner.func.value.id[:LONGEST]] = "dict"
        loops = [inner.iter] if isinstance(inner, (ast.For, ast.comprehension)) else []
        for loop in loops:
            inside = loop.args if isinstance(loop, ast.Call) and _text(loop.func) in ("zip", "enumerate") else [loop]
            inside = [
                part
                for one in inside
                for part in (one.args if isinstance(one, ast.Call) and _text(one.func) == "zip" else [one])
            ]
            for part in inside:
                if isinstance(part, ast.Name) and part.id in names:
                    ways.setdefault(part.id[:LONGEST], "list")
    return ways


def _attributes(node: ast.AST, names: set[str]) -> dict[str, list[str]]:
    """Return the attributes of arguments that are used: `layer.dweights`, and, for the first argument, `self.W`."""
    found: dict[str, list[str]] = {}
    for inner in ast.walk(node):
        if isinstance(inner, ast.Attribute) and isinstance(inner.value, ast.Name) and inner.value.id in names:
            ours = found.setdefault(inner.value.id[:LONGEST], [])
            if inner.attr[:LONGEST] not in ours and len(ours) < 60:
                ours.append(inner.attr[:LONGEST])
    return found


def _constants(node: ast.AST) -> list[float]:
    """Return the numbers in a function; `10e-7` and `10**-7` alike."""
    numbers: list[float] = []
    for inner in ast.walk(node):
        if (
            isinstance(inner, ast.Constant)
            and isinstance(inner.value, (int, float))
            and not isinstance(inner.value, bool)
        ):
            numbers.append(float(inner.value) if abs(inner.value) < 1e12 else 0.0)
        elif isinstance(inner, ast.BinOp) and isinstance(inner.op, ast.Pow) and _text(inner).startswith("10 ** -"):
            power = _text(inner.right).lstrip("-")
            numbers += [10.0 ** -int(power)] if power.isdigit() and int(power) < 30 else []
    return list(dict.fromkeys(numbers))[:60]


def _text(node: Any) -> str:
    try:
        return ast.unparse(node)[:LONGEST]
    except (RecursionError, MemoryError, ValueError):
        return "..."
