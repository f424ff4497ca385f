"""Small corrections of a learner's function, each as a replacement of a piece of its text. Runs in a worker, like `outline.py`.

A correction undoes an everyday mistake: an axis, a sign, a factor, a power, `=` for `+=`, a call too many, an eps outside the root.
It says which piece of the text it replaces (in bytes of a line, as Python's parser counts), so that all else stays as it was
written. Whether one makes the function correct is found out by running it.
"""

import ast
import copy
import itertools
from collections.abc import Callable, Iterator
from typing import Any

__all__ = ["corrections"]

MOST, LONGEST = 500, 300  # corrections of one function, characters of one
REDUCTIONS = ("sum", "mean", "max", "min", "var", "std", "argmax", "prod")
OTHER_CALL = {"sum": "mean", "mean": "sum", "max": "min", "min": "max", "var": "std", "std": "var", "argmax": "argmin"}
OTHER_KEY = {"pool_height": "pool_width", "pool_width": "pool_height"}
SIZES = ("N", "n", "m", "D", "C", "F", "H", "W", "batch", "num_train", "batch_size")
KEPT_CALLS = (
    "get",
    "setdefault",
    "range",
    "len",
    "zeros",
    "zeros_like",
    "ones",
    "ones_like",
    "arange",
    "print",
    "format",
    "where",
)
OPERATORS = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult}
SIGNS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
COMPARISONS = {
    **{ast.Gt: (ast.GtE, ast.Lt), ast.Lt: (ast.LtE, ast.Gt), ast.GtE: (ast.Gt, ast.LtE), ast.LtE: (ast.Lt, ast.GtE)},
    **{ast.Eq: (ast.NotEq,), ast.NotEq: (ast.Eq,)},
}
Found = tuple[str, str, ast.AST, str]  # key of its kind, sentence, node, new text


def corrections(text: str, name: str) -> dict[str, Any]:
    """Return {"first", "last", "found"}: the function's lines, and its corrections, the likeliest kinds first.

    A correction is [sentence, rank, [[line, column, last line, last column, new text], ...]]; several replacements are one kind of
    mistake, made in all places.
    """
    tree = ast.parse(text)
    function = next((n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == name), None)
    if function is None:
        return {"first": 0, "last": 0, "found": []}
    found = [one for one in _all(function) if len(one[3]) <= LONGEST]
    groups: dict[str, list[Found]] = {}
    for one in found:
        groups.setdefault(one[0], []).append(one)
        groups.setdefault(f"{one[0]} in line {getattr(one[2], 'lineno', 0)}", []).append(one)
    made = [[sentence, _rank(key), [_replacement(node, new)]] for key, sentence, node, new in found]
    for group in groups.values():
        nodes = [node for _, _, node, _ in group]
        if len(group) > 1 and not _nested(nodes):
            sentence = f"{group[0][1]}, and so in {len(group)} places"
            made.append([sentence, _rank(group[0][0]), [_replacement(n, new) for _, _, n, new in group]])
    first = min([function.lineno, *(one.lineno for one in function.decorator_list)])
    return {"first": first, "last": function.end_lineno, "found": made[:MOST]}


def _all(function: ast.FunctionDef) -> Iterator[Found]:
    """Yield the corrections of all nodes: those of formulas before those of names."""
    nodes = [node for one in function.body for node in ast.walk(one)]
    names = {node.id for node in nodes if isinstance(node, ast.Name)} | {a.arg for a in function.args.args}
    eps = next((name for name in ("eps", "epsilon", "e") if name in names), "")
    sizes = [name for name in SIZES if name in names]
    for node in nodes:
        yield from _of_expression(node, eps)
    yield from _of_statements(function, nodes, sizes)
    for node in nodes:
        yield from _of_names(node, names)


def _of_expression(node: ast.AST, eps: str) -> Iterator[Found]:
    if isinstance(node, ast.BinOp):
        yield from _of_operation(node)
    elif isinstance(node, ast.Call):
        yield from _of_call(node, eps)
    elif isinstance(node, ast.Compare) and len(node.ops) == 1:
        for other in COMPARISONS.get(type(node.ops[0]), ()):
            new = _text(ast.Compare(node.left, [other()], node.comparators))
            yield "comparison", f"{_short(node)} should be `{new.strip('()')}`", node, new
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and not isinstance(node.operand, ast.Constant):
        yield "sign", f"the sign of {_short(node)} is wrong", node, _text(node.operand)
    elif isinstance(node, ast.Constant):
        yield from _of_constant(node, node.value)
    elif isinstance(node, ast.Attribute) and node.attr == "T":
        yield "transposed", f"{_short(node)} must not be transposed", node, _text(node.value)
    elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load) and _has_new_axis(node.slice):
        yield "new axis", f"{_short(node)} has an axis too many", node, _text(node.value)


def _of_constant(node: ast.AST, value: Any) -> Iterator[Found]:
    if isinstance(value, str) and value in OTHER_KEY:
        yield f"key {value}", f"{value} should be {OTHER_KEY[value]}", node, repr(OTHER_KEY[value])
    if type(value) not in (int, float) or 0 < value <= 0.01:
        return
    others = (value * 2, value / 2 if value % 2 else value // 2, value + 1, value - 1, 1 - value)
    for other in dict.fromkeys(one for one in others if one != value and one >= 0):
        yield f"constant {value} {other}", f"{value:g} should be {other:g}", node, repr(other)


def _of_operation(node: ast.BinOp) -> Iterator[Found]:
    left, right = node.left, node.right
    if type(node.op) in OPERATORS:
        other = OPERATORS[type(node.op)]
        sentence = f"`{SIGNS[type(node.op)]}` should be `{SIGNS[other]}` in {_short(node)}"
        yield _changed(f"operator {SIGNS[other]}", sentence, node, lambda n: setattr(n, "op", other()))
        yield (
            f"drop right {SIGNS[type(node.op)]} {_text(right)}",
            f"{_short(right)} is too much in {_short(node)}",
            node,
            _text(left),
        )
        if not isinstance(node.op, ast.Div):
            rest = f"-{_text(right)}" if isinstance(node.op, ast.Sub) else _text(right)
            yield f"drop left {_text(left)}", f"{_short(left)} is too much in {_short(node)}", node, rest
    if isinstance(node.op, ast.Add):
        for root, added in ((left, right), (right, left)):
            if isinstance(root, ast.Call) and _called(root) == "sqrt" and len(root.args) == 1:
                inside = copy.deepcopy(root)
                inside.args = [ast.BinOp(inside.args[0], ast.Add(), added)]
                yield "inside root", f"{_short(added)} belongs inside the root", node, _text(inside)
    if isinstance(node.op, ast.Pow):
        yield "power", f"{_short(node)} must not be a power", node, _text(left)
    if isinstance(node.op, ast.MatMult):
        for one, two in ((right, left), (_transposed(left), right), (left, _transposed(right))):
            yield (
                "product",
                f"the factors of {_short(node)} are in the wrong order, or one is to be transposed",
                node,
                f"{_text(one)} @ {_text(two)}",
            )


def _of_call(node: ast.Call, eps: str) -> Iterator[Found]:
    name = _called(node)
    is_method = isinstance(node.func, ast.Attribute) and _text(node.func.value) not in ("np", "numpy")
    for keyword in node.keywords:
        sentence = f"{keyword.arg}={ast.unparse(keyword.value)} is wrong in {_short(node)}"
        if keyword.arg in ("axis", "keepdims", "ddof"):
            rest = [one for one in node.keywords if one is not keyword]
            yield f"no {keyword.arg}", sentence, node, _text(ast.Call(node.func, node.args, rest))
        if keyword.arg == "axis":
            for axis in ("0", "1", "-1"):
                if _text(keyword.value) != axis:
                    yield f"axis {_text(keyword.value)} {axis}", sentence, keyword.value, axis
        if keyword.arg == "ddof":
            yield "ddof", sentence, keyword.value, "0"
    if name in REDUCTIONS:
        given = {keyword.arg for keyword in node.keywords}
        if "axis" not in given and len(node.args) == (0 if is_method else 1):
            for more in ("axis=0", "axis=1", "axis=0, keepdims=True", "axis=1, keepdims=True", "axis=(0, 2, 3)"):
                yield f"more {more}", f"{more} is missing in {_short(node)}", node, _with(node, more)
        if "keepdims" not in given and ("axis" in given or len(node.args) > (0 if is_method else 1)):
            yield "keepdims", f"keepdims=True is missing in {_short(node)}", node, _with(node, "keepdims=True")
        if name in OTHER_CALL and isinstance(node.func, ast.Attribute):
            other = OTHER_CALL[name]
            sentence = f"{name} should be {other} in {_short(node)}"
            yield _changed(f"call {other}", sentence, node, lambda n: setattr(n.func, "attr", other))
    if name == "exp" and len(node.args) == 1 and "max" not in _text(node.args[0]) and not is_method:
        for axis in ("axis=1", "axis=0", "axis=-1"):
            inner = _text(node.args[0])
            shifted = f"{_text(node.func)}({inner} - np.max({inner}, {axis}, keepdims=True))"
            yield f"shift {axis}", f"the maximum is not subtracted in {_short(node)}", node, shifted
    if name == "sqrt" and eps and len(node.args) == 1 and eps not in _text(node.args[0]):
        yield "eps", f"{eps} is missing in {_short(node)}", node, f"{_text(node.func)}({_text(node.args[0])} + {eps})"
    if name == "dot" and len(node.args) == 2 and not is_method:
        one, two = node.args
        for a, b in ((two, one), (_transposed(one), two), (one, _transposed(two))):
            yield (
                "product",
                f"the factors of {_short(node)} are in the wrong order, or one is to be transposed",
                node,
                f"{_text(node.func)}({_text(a)}, {_text(b)})",
            )
    for argument in node.args[:2] if name not in KEPT_CALLS else ():
        yield f"call {name}", f"the call of {name} is too much in {_short(node)}", node, _text(argument)
    if is_method and not node.args:
        yield f"call {name}", f"{name} is too much in {_short(node)}", node, _text(node.func.value)  # type: ignore[attr-defined]


def _of_statements(function: ast.FunctionDef, nodes: list[ast.AST], sizes: list[str]) -> Iterator[Found]:
    last = function.body[-1]
    for node in nodes:
        if isinstance(node, ast.AugAssign):
            yield "deleted", f"{_short(node)} is too much", node, "pass"
            yield (
                "set",
                f"`{SIGNS.get(type(node.op), '')}=` should be `=` in {_short(node)}",
                node,
                f"{_text(node.target)} = {_text(node.value)}",
            )
            if type(node.op) in OPERATORS:
                sign = SIGNS[OPERATORS[type(node.op)]]
                yield (
                    f"step {sign}",
                    f"{_short(node)} should be with `{sign}=`",
                    node,
                    f"{_text(node.target)} {sign}= {_text(node.value)}",
                )
        elif isinstance(node, ast.Assign) and len(node.targets) == 1:
            target, value = node.targets[0], node.value
            if isinstance(target, ast.Subscript):
                yield (
                    "sum up",
                    f"{_short(target)} is overwritten where it must be added to",
                    node,
                    f"{_text(target)} += {_text(value)}",
                )
                yield "deleted", f"{_short(node)} is too much", node, "pass"
            if isinstance(target, ast.Name) and not isinstance(
                value, (ast.Constant, ast.Tuple, ast.Name, ast.Attribute)
            ):
                yield "sign", f"the sign of {target.id} is wrong", value, f"-({_text(value)})"
                for size in sizes:
                    yield (
                        f"divided {size}",
                        f"{target.id} is not divided by {size}",
                        value,
                        f"({_text(value)}) / {size}",
                    )
        elif isinstance(node, ast.Return) and node is not last and isinstance(last, (ast.For, ast.While)):
            indented = ast.Name(" " * node.col_offset)
            indented.lineno = indented.end_lineno = node.lineno
            indented.col_offset, indented.end_col_offset = 0, node.col_offset
            yield (
                "return",
                "the return stands inside a loop, which ends after its first turn",
                indented,
                " " * last.col_offset,
            )


def _of_names(node: ast.AST, names: set[str]) -> Iterator[Found]:
    """Yield other names of the function in a name's place."""
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in names and node.id != "np":
        for other in sorted(names - {node.id, "np", "numpy", "range", "len"}):
            yield f"name {node.id} {other}", f"`{node.id}` should be `{other}`", node, other


def _has_new_axis(index: ast.AST) -> bool:
    return isinstance(index, ast.Tuple) and any(isinstance(e, ast.Constant) and e.value is None for e in index.elts)


def _changed(key: str, sentence: str, node: Any, change: Callable[[Any], Any]) -> Found:
    other = copy.deepcopy(node)
    change(other)
    return key, sentence, node, _text(other)


def _with(node: ast.Call, more: str) -> str:
    text = ast.unparse(node)
    return f"{text[:-1]}{', ' if node.args or node.keywords else ''}{more})"


def _transposed(node: ast.expr) -> ast.expr:
    is_transposed = isinstance(node, ast.Attribute) and node.attr == "T"
    return node.value if is_transposed else ast.Attribute(node, "T", ast.Load())  # type: ignore[attr-defined]


def _called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def _text(node: ast.AST) -> str:
    """Return a node's source, in parentheses where it could be read in another way in a larger expression."""
    text = ast.unparse(node)
    return f"({text})" if isinstance(node, (ast.BinOp, ast.BoolOp, ast.Compare, ast.IfExp, ast.UnaryOp)) else text


def _short(node: ast.AST) -> str:
    text = ast.unparse(node)
    return f"`{text if len(text) <= 60 else text[:57] + '...'}`"


def _nested(nodes: list[Any]) -> bool:
    """Whether pieces of text overlap."""
    spans = sorted((n.lineno, n.col_offset, n.end_lineno, n.end_col_offset) for n in nodes)
    return any(one[2:] > two[:2] for one, two in itertools.pairwise(spans))


def _rank(key: str) -> int:
    """Return how little a kind of change says: 0 for formulas, 1 for other numbers, 2 for other names."""
    return {"constant": 1, "name": 2}.get(key.partition(" ")[0], 0)


def _replacement(node: Any, new: str) -> list[Any]:
    return [node.lineno, node.col_offset, node.end_lineno, node.end_col_offset, new]
