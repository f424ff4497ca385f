"""What a source says of itself: the names it defines, stubs, docstrings, statements by line. Runs in a worker.

Parsing a stranger's text can take long, need much memory or crash Python, so the checker's own process never does it: it sends
this file to a worker as the code of a job (`running/outlines.py`) and gets plain records back (`reading/learner_source.py`).
"""

import ast
import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from . import cells, gaps, repair  # relative: in a worker this package has another name

__all__ = ["outline", "outline_of_notebook"]

LONGEST_STATEMENT, MOST_STATEMENTS = 1_000, 5_000  # characters, and statements of one function
MOST_STATEMENTS_OF_ALL, MOST_NAMES = 50_000, 20_000
LONGEST_TEXT, LONGEST_NAME = 20_000, 1_000
COMPUTES = (ast.BinOp, ast.AugAssign, ast.Compare, ast.With)
ZEROS = frozenset({"zeros", "zeros_like"})
BLANK = ZEROS | {"range", "xrange", "len", "list", "dict"}
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
BLOCKS = (ast.If, ast.For, ast.While, ast.With, ast.Try, ast.ExceptHandler)  # what they define is the module's


def outline(text: str) -> dict[str, Any]:
    """Return the record of a source; of one that is valid only as Python 2, as Python 3 would write it."""
    tree, old_names = _parsed(text), repair.used_old_names(text)
    if tree is None and len(repaired := repair.repaired_source(text)) <= 2 * len(text) + 1_000:
        tree = _parsed(repaired)
        text = text if tree is None else repaired
    has_filled = tree is None and (tree := _parsed(written := gaps.filled(text))) is not None
    text = written if has_filled else text
    body = list(_at_the_top(tree)) if tree is not None else []
    lines = _split_lines(text)
    found: dict[str, Any] = {}
    remaining = MOST_STATEMENTS_OF_ALL
    for node in body:
        if isinstance(node, (*FUNCTIONS, ast.ClassDef)) and node.name not in found:  # the first of each name
            found[node.name] = _defined(node, lines, remaining)
            remaining -= len(found[node.name]["statements"])
    found |= _methods(body, found, lines, remaining)
    names = list(found) if tree is not None else re.findall(r"^(?:def|class)[ \t]+(\w+)", text, re.MULTILINE)
    return {
        "text": text,
        "has_filled": has_filled,
        "defined": [found.get(name, {"name": name}) for name in dict.fromkeys(_short(names)[:MOST_NAMES])],
        "assigned": _short(_assigned(body))[:MOST_NAMES],
        "imported": _short(_imported(body))[:MOST_NAMES],
        "old_names": _short(old_names),
        "invalid": _why_invalid(text) if tree is None else "",
    }


def outline_of_notebook(text: str) -> dict[str, Any]:
    """Return the record of what a notebook's code cells define, or {"problem"}; magics and shell lines are left out."""
    sources = cells.code_cells(text)
    if sources is None:
        return {"problem": "not a readable notebook"}
    definitions = cells.definitions([cells.without_magics(source) for source in sources])
    return outline("\n\n".join(definitions) + "\n")


def _parsed(text: str) -> ast.Module | None:
    """Return the syntax tree of a source, None for an invalid one and for one that is nested too deeply."""
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _why_invalid(text: str) -> str:
    """Return why a source cannot be parsed."""
    try:
        ast.parse(text)
    except SyntaxError as error:
        return f"{type(error).__name__} in line {error.lineno or 0}: {str(error.msg)[:200]}"
    except ValueError as error:
        return f"ValueError: {str(error)[:200]}"
    except (RecursionError, MemoryError):
        return "nested too deeply"
    return ""


def _at_the_top(tree: ast.AST) -> Iterator[ast.stmt]:
    """Yield the statements that bind names of the module: also those inside `if`, `try`, `for`, `while` and `with`."""
    waiting = [tree]
    while waiting:
        inner = list(ast.iter_child_nodes(waiting.pop()))
        yield from (node for node in inner if isinstance(node, ast.stmt))
        waiting += [node for node in inner if isinstance(node, BLOCKS)]


def _defined(
    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, lines: Sequence[bytes], most: int
) -> dict[str, Any]:
    """Return the record of a function or class; at most `most` of its statements."""
    statements = itertools.islice(_simple_statements(node), min(most, MOST_STATEMENTS))
    return {
        "name": node.name[:LONGEST_NAME],
        "docstring": (ast.get_docstring(node) or "")[:LONGEST_TEXT],
        "is_stub": _is_stub(node),
        **_places(node, lines),
        "arguments": _arguments(node)[:MOST_NAMES] if isinstance(node, FUNCTIONS) else [],
        "filled": _short(_filled(node))[:MOST_NAMES],
        "shared_defaults": _shared_defaults(node)[:100] if isinstance(node, FUNCTIONS) else [],
        "statements": [
            [inner.lineno, _segment(lines, inner)[:LONGEST_STATEMENT], isinstance(inner, ast.Return)]
            for inner in statements
        ],
    }


def _methods(body: Sequence[ast.stmt], classes: Mapping[str, Any], lines: Sequence[bytes], most: int) -> dict[str, Any]:
    """Return the records of classes' methods, as "Class.method"."""
    found: dict[str, Any] = {}
    seen = set()
    for node in body:
        if not isinstance(node, ast.ClassDef) or node.name in seen or len(node.name) > LONGEST_NAME:
            continue
        seen.add(node.name)
        for inner in node.body:
            if not isinstance(inner, FUNCTIONS) or inner.name.startswith("__"):
                continue
            name = f"{node.name}.{inner.name}"
            if name not in found and len(found) < MOST_NAMES:
                found[name] = {**_defined(inner, lines, most), "name": name[:LONGEST_NAME]}
                most -= len(found[name]["statements"])
    return found


def _is_stub(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> bool:
    """Say whether a function computes nothing: only pass, None, unpacking, zeros that stay zeros, or NotImplementedError."""
    body = [n for n in node.body if not (isinstance(n, ast.Expr) and isinstance(n.value, ast.Constant))]
    every = [inner for n in body for inner in ast.walk(n)]
    if any(isinstance(inner, COMPUTES) or _is_working_loop(inner) for inner in every):
        return False
    return any(
        isinstance(inner, ast.Pass)
        or (isinstance(inner, ast.Raise) and _names(inner, "NotImplementedError"))
        or (isinstance(inner, ast.Constant) and inner.value is None)
        for inner in every
    ) or (_called(every) <= BLANK and any(_is_template_zeros(inner) for inner in every))


def _is_template_zeros(node: ast.AST) -> bool:
    """Say whether something makes zeros as templates do, in the shape of something else; one in numbers is an answer."""
    if not isinstance(node, ast.Call) or not _called([node]) & ZEROS:
        return False
    return any(isinstance(inner, (ast.Name, ast.Attribute)) for given in node.args for inner in ast.walk(given))


def _is_working_loop(node: ast.AST) -> bool:
    """Say whether something is a loop with work in it: a `for` with more than pass, constants and such loops, or any `while`."""
    if not isinstance(node, ast.For):
        return isinstance(node, ast.While)
    inside = [inner for statement in node.body for inner in ast.walk(statement)]
    work = (ast.Subscript, ast.Attribute, ast.Return)
    return any(isinstance(inner, work) for inner in inside) or not _called(inside) <= BLANK


def _called(nodes: Iterable[ast.AST]) -> set[str]:
    """Return the names of what is called, without the modules that hold it."""
    calls = [node.func for node in nodes if isinstance(node, ast.Call)]
    return {getattr(one, "attr", getattr(one, "id", "")) for one in calls}


def _places(node: ast.stmt, lines: Sequence[bytes]) -> dict[str, bool]:
    """Return whether some of the marked places for code are still empty, and whether all are."""
    inside = [line.decode("utf-8", "replace") for line in lines[node.lineno - 1 : node.end_lineno]]
    empty, written = gaps.empty_and_filled(inside)
    return {"has_gap": empty > 0, "is_unwritten": empty > 0 and not written}


def _arguments(node: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    every = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    return [argument.arg[:LONGEST_NAME] for argument in every]


def _filled(node: ast.AST) -> list[str]:
    """Return the attributes into which code puts items, even if it never gets there."""
    return [
        inner.value.attr
        for inner in ast.walk(node)
        if isinstance(inner, ast.Subscript)
        and isinstance(inner.ctx, ast.Store)
        and isinstance(inner.value, ast.Attribute)
    ]


def _shared_defaults(node: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    """Return the arguments whose default is one object for all calls: a list, a dictionary, an array."""
    arguments = [*node.args.posonlyargs, *node.args.args]
    pairs = [*zip(arguments[len(arguments) - len(node.args.defaults) :], node.args.defaults, strict=True)]
    pairs += [(a, d) for a, d in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True) if d is not None]
    shared = (ast.List, ast.Dict, ast.Set, ast.Call, ast.ListComp, ast.DictComp)
    return [f"{argument.arg[:200]}={_unparsed(value)}" for argument, value in pairs if isinstance(value, shared)]


def _imported(body: Sequence[ast.stmt]) -> list[str]:
    """Return the names that imports at the top bind; "*" for all those of some module."""
    aliases = [alias for node in body if isinstance(node, (ast.Import, ast.ImportFrom)) for alias in node.names]
    return list(dict.fromkeys(alias.asname or alias.name.partition(".")[0] for alias in aliases))


def _assigned(body: Sequence[ast.stmt]) -> list[str]:
    """Return names that get a value: `f_alt = f`, `f = lambda x: x`, `f, g = pair`, `f: Any = g`, `(f := g)`."""
    stores = [
        inner
        for node in body
        if isinstance(node, (ast.Assign, ast.AnnAssign, ast.Expr)) and getattr(node, "value", None) is not None
        for inner in _outside_functions(node)
    ]
    return [node.id for node in stores if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)]


def _outside_functions(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the parts of a statement, without those that have names of their own: lambdas and comprehensions."""
    waiting = [node]
    while waiting:
        inner = waiting.pop()
        yield inner
        if not isinstance(inner, (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)):
            waiting += reversed(list(ast.iter_child_nodes(inner)))


def _names(node: ast.AST, name: str) -> bool:
    return any(isinstance(inner, ast.Name) and inner.id == name for inner in ast.walk(node))


def _unparsed(node: ast.expr) -> str:
    """Return an expression as text, cut short; "..." where it cannot be written."""
    try:
        text = ast.unparse(node)
    except (RecursionError, MemoryError, ValueError):
        return "..."
    return text if len(text) <= 200 else text[:200] + "..."


def _simple_statements(node: ast.AST) -> Iterator[ast.stmt]:
    for inner in ast.walk(node):
        if isinstance(inner, (ast.Assign, ast.AugAssign, ast.Return, ast.AnnAssign)):
            yield inner


def _short(names: Sequence[str]) -> list[str]:
    """Return names, each once, none longer than a message's names."""
    return list(dict.fromkeys(name[:LONGEST_NAME] for name in names))


def _split_lines(text: str) -> list[bytes]:
    """Return the lines of a source as the parser counts them, with their ends."""
    return text.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "replace").splitlines(keepends=True)


def _segment(lines: Sequence[bytes], node: ast.stmt) -> str:
    """Return a statement's text, as `ast.get_source_segment` does, without splitting the whole source each time."""
    last = (node.end_lineno or node.lineno) - 1
    part = list(lines[node.lineno - 1 : last + 1])
    if not part:
        return ""
    part[-1] = part[-1][: node.end_col_offset]
    part[0] = part[0][node.col_offset :]
    return b"".join(part).decode("utf-8", "replace")
