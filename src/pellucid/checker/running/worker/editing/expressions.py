"""Changes of what is wrong in an expression: an axis, a sign, an operator, a power, a call too many, an eps outside the root."""

import ast
import copy
from collections.abc import Callable, Iterator
from typing import Any

from .source import Change, SourceText, short, text_of  # relative: in a worker this package has another name

__all__ = ["changes_of_expressions"]

REDUCTIONS = ("sum", "mean", "max", "min", "var", "std", "argmax", "prod")
OTHER_CALL = {"sum": "mean", "mean": "sum", "max": "min", "min": "max", "var": "std", "std": "var", "argmax": "argmin"}
OTHER_KEY = {"pool_height": "pool_width", "pool_width": "pool_height"}
AXES = ("axis=0", "axis=1", "axis=0, keepdims=True", "axis=1, keepdims=True", "axis=(0, 2, 3)", "axis=(0, 1, 2)")
KEPT_CALLS = (
    *("get", "setdefault", "range", "len", "zeros", "zeros_like", "ones", "ones_like", "arange", "print", "format"),
    "where",
)
OPERATORS = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult}
SIGNS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
COMPARISONS = {
    ast.Gt: (ast.GtE, ast.Lt, ast.LtE),
    ast.Lt: (ast.LtE, ast.Gt, ast.GtE),
    ast.GtE: (ast.Gt, ast.LtE, ast.Lt),
    ast.LtE: (ast.Lt, ast.GtE, ast.Gt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
}
EPS = ("eps", "epsilon", "e")


def changes_of_expressions(source: SourceText, function: Any) -> Iterator[Change]:
    """Yield the changes of a function's expressions, in the order of its nodes."""
    nodes = [node for one in function.body for node in ast.walk(one)]
    names = {node.id for node in nodes if isinstance(node, ast.Name)} | {a.arg for a in function.args.args}
    eps = next((name for name in EPS if name in names), "")
    for node in nodes:
        for key, sentence, at, new in _of_expression(node, eps):
            yield Change(key, sentence, at, new)


Found = tuple[str, str, ast.AST, str]


def _of_expression(node: ast.AST, eps: str) -> Iterator[Found]:
    if isinstance(node, ast.BinOp):
        yield from _of_operation(node)
    elif isinstance(node, ast.Call):
        yield from _of_call(node, eps)
    elif isinstance(node, ast.Compare) and len(node.ops) == 1:
        for other in COMPARISONS.get(type(node.ops[0]), ()):
            new = text_of(ast.Compare(node.left, [other()], node.comparators))
            yield "comparison", f"{short(node)} should be `{new.strip('()')}`", node, new
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and not isinstance(node.operand, ast.Constant):
        yield "sign", f"the sign of {short(node)} is wrong", node, text_of(node.operand)
    elif isinstance(node, ast.Constant):
        yield from _of_constant(node, node.value)
    elif isinstance(node, ast.Attribute) and node.attr == "T":
        yield "transposed", f"{short(node)} must not be transposed", node, text_of(node.value)
    elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load) and _has_new_axis(node.slice):
        yield "new axis", f"{short(node)} has an axis too many", node, text_of(node.value)


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
        sentence = f"`{SIGNS[type(node.op)]}` should be `{SIGNS[other]}` in {short(node)}"
        yield _changed(f"operator {SIGNS[other]}", sentence, node, lambda n: setattr(n, "op", other()))
        yield (
            f"drop right {SIGNS[type(node.op)]} {text_of(right)}",
            f"{short(right)} is too much in {short(node)}",
            node,
            text_of(left),
        )
        if not isinstance(node.op, ast.Div):
            rest = f"-{text_of(right)}" if isinstance(node.op, ast.Sub) else text_of(right)
            yield f"drop left {text_of(left)}", f"{short(left)} is too much in {short(node)}", node, rest
    if isinstance(node.op, ast.Add):
        for root, added in ((left, right), (right, left)):
            if isinstance(root, ast.Call) and _called(root) == "sqrt" and len(root.args) == 1:
                inside = copy.deepcopy(root)
                inside.args = [ast.BinOp(inside.args[0], ast.Add(), added)]
                yield "inside root", f"{short(added)} belongs inside the root", node, text_of(inside)
            elif isinstance(root, ast.BinOp) and isinstance(root.op, ast.Pow):
                inside_power = ast.BinOp(ast.BinOp(root.left, ast.Add(), added), ast.Pow(), root.right)
                yield "inside root", f"{short(added)} belongs inside the root", node, text_of(inside_power)
            yield from _in_root(node, root, added)
    if isinstance(node.op, ast.Pow):
        yield "power", f"{short(node)} must not be a power", node, text_of(left)
    if isinstance(node.op, ast.MatMult):
        yield "operator *", f"`@` should be `*` in {short(node)}", node, f"({text_of(left)} * {text_of(right)})"
        for one, two in _products(left, right):
            yield (
                "product",
                f"the factors of {short(node)} are in the wrong order, or one is to be transposed",
                node,
                f"{text_of(one)} @ {text_of(two)}",
            )


def _in_root(node: ast.AST, root: ast.AST, added: ast.AST) -> Iterator[Found]:
    """Yield what is added to a root, inside it: for a root that was taken before."""
    if isinstance(root, (ast.Name, ast.Attribute, ast.Call)):
        new = f"np.sqrt({text_of(root)} ** 2 + {text_of(added)})"
        yield f"inside root of {text_of(root)}", f"{short(added)} belongs inside the root", node, new


def _products(one: ast.expr, two: ast.expr) -> list[tuple[ast.expr, ast.expr]]:
    """Return the factors of a matrix product in the other order, and with one of them transposed."""
    turned, also = _transposed(one), _transposed(two)
    return [(two, one), (turned, two), (one, also), (also, one), (two, turned)]


def _of_call(node: ast.Call, eps: str) -> Iterator[Found]:
    name = _called(node)
    is_method = isinstance(node.func, ast.Attribute) and text_of(node.func.value) not in ("np", "numpy")
    for keyword in node.keywords:
        sentence = f"{keyword.arg}={ast.unparse(keyword.value)} is wrong in {short(node)}"
        if keyword.arg in ("axis", "keepdims", "ddof"):
            rest = [one for one in node.keywords if one is not keyword]
            yield f"no {keyword.arg}", sentence, node, text_of(ast.Call(node.func, node.args, rest))
        if keyword.arg == "axis":
            for axis in ("0", "1", "-1"):
                if text_of(keyword.value) != axis:
                    yield f"axis {text_of(keyword.value)} {axis}", sentence, keyword.value, axis
        if keyword.arg == "ddof":
            yield "ddof", sentence, keyword.value, "0"
    if name in REDUCTIONS:
        given = {keyword.arg for keyword in node.keywords}
        if "axis" not in given and len(node.args) == (0 if is_method else 1):
            for more in AXES:
                yield f"more {more}", f"{more} is missing in {short(node)}", node, _with(node, more)
        if "keepdims" not in given and ("axis" in given or len(node.args) > (0 if is_method else 1)):
            yield "keepdims", f"keepdims=True is missing in {short(node)}", node, _with(node, "keepdims=True")
        place = 0 if is_method else 1
        for axis in AXES[:2] if len(node.args) > place else ():
            fewer = ast.Call(node.func, node.args[:place], [])
            yield f"place {axis}", f"the axis is wrong in {short(node)}", node, _with(fewer, axis)
        if name in OTHER_CALL and isinstance(node.func, ast.Attribute):
            other = OTHER_CALL[name]
            sentence = f"{name} should be {other} in {short(node)}"
            yield _changed(f"call {other}", sentence, node, lambda n: setattr(n.func, "attr", other))
    if name == "exp" and len(node.args) == 1 and "max" not in text_of(node.args[0]) and not is_method:
        for axis in ("axis=1", "axis=0", "axis=-1"):
            inner = text_of(node.args[0])
            shifted = f"{text_of(node.func)}({inner} - np.max({inner}, {axis}, keepdims=True))"
            yield f"shift {axis}", f"the maximum is not subtracted in {short(node)}", node, shifted
    if name == "add" and not is_method and len(node.args) == 2:
        yield from _in_root(node, *node.args)
    if name == "sqrt" and eps and len(node.args) == 1 and eps not in text_of(node.args[0]):
        yield (
            "eps",
            f"{eps} is missing in {short(node)}",
            node,
            f"{text_of(node.func)}({text_of(node.args[0])} + {eps})",
        )
    if name == "dot" and len(node.args) == 2 and not is_method:
        one, two = node.args
        for a, b in _products(one, two):
            yield (
                "product",
                f"the factors of {short(node)} are in the wrong order, or one is to be transposed",
                node,
                f"{text_of(node.func)}({text_of(a)}, {text_of(b)})",
            )
    for argument in node.args[:2] if name not in KEPT_CALLS else ():
        yield f"call {name}", f"the call of {name} is too much in {short(node)}", node, text_of(argument)
    if is_method and not node.args:
        yield f"call {name}", f"{name} is too much in {short(node)}", node, text_of(node.func.value)  # type: ignore[attr-defined]


def _has_new_axis(index: ast.AST) -> bool:
    return isinstance(index, ast.Tuple) and any(isinstance(e, ast.Constant) and e.value is None for e in index.elts)


def _changed(key: str, sentence: str, node: Any, change: Callable[[Any], Any]) -> Found:
    other = copy.deepcopy(node)
    change(other)
    return key, sentence, node, text_of(other)


def _with(node: ast.Call, more: str) -> str:
    text = ast.unparse(node)
    return f"{text[:-1]}{', ' if node.args or node.keywords else ''}{more})"


def _transposed(node: ast.expr) -> ast.expr:
    is_transposed = isinstance(node, ast.Attribute) and node.attr == "T"
    return node.value if is_transposed else ast.Attribute(node, "T", ast.Load())  # type: ignore[attr-defined]


def _called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
