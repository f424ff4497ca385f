"""The mistakes that one node of a syntax tree can have, each as an edit with a sentence."""

import ast
import functools
import itertools
from collections.abc import Iterator
from typing import Any

from pellucid.checker.searching.call_changes import call_changes
from pellucid.checker.searching.node_edits import (
    Change,
    constant,
    named,
    second_term,
    text_of,
    with_comparison,
    with_field,
    with_operator,
    with_returned,
    without,
)

__all__ = ["changes"]

# Names that formulas of the field use; references of packs are written with them.
SIZES = ({"N", "D", "C", "F", "M", "G"}, {"H", "W", "HH", "WW", "out_h", "out_w", "height", "width"})
PAIRS = [("H", "W"), ("HH", "WW"), ("out_h", "out_w"), ("height", "width"), ("i", "j"), ("rows", "columns"), ("row", "column"),
         ("top", "left"), ("beta1", "beta2"), ("mean", "var"), ("running_mean", "running_var"), ("gamma", "beta")]  # fmt: skip


def changes(node: ast.AST) -> Iterator[Change]:
    """Yield every small change of one node."""
    if isinstance(node, ast.BinOp):
        yield from _operation_changes(node)
    elif isinstance(node, ast.AugAssign):
        yield from _sum_up_changes(node)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield "sign", f"the sign of `{text_of(node)}` flipped", lambda n: n.operand
    elif isinstance(node, ast.Constant) and type(node.value) in (int, float) and node.value not in (0,):
        yield from _constant_changes(node)
    elif isinstance(node, ast.Call):
        yield from call_changes(node)
    elif isinstance(node, ast.Compare) and len(node.ops) == 1:
        yield from _comparison_changes(node)
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
        yield from _name_changes(node)
    elif isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple):
        yield from _return_changes(node.value)
    elif isinstance(node, ast.Attribute) and node.attr == "T":
        yield "transpose", f"`{text_of(node)}` not transposed", lambda n: n.value
    elif isinstance(node, ast.Tuple) and isinstance(node.ctx, ast.Load) and len(node.elts) == 3:
        if all(isinstance(e, ast.Constant) for e in node.elts):
            for skip in range(3):
                yield (
                    "axis",
                    f"axis {text_of(node.elts[skip])} left out of `{text_of(node)}`",
                    functools.partial(without, skip),
                )
    elif (
        isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Subscript)
        and isinstance(node.value, (ast.Name, ast.Constant))
    ):
        yield "not-stored", f"`{text_of(node)}` left out", lambda n: ast.Pass()


def _return_changes(values: ast.Tuple) -> Iterator[Change]:
    names = [value.id for value in values.elts if isinstance(value, ast.Name)]
    if len(names) != len(values.elts):
        return
    for one, two in itertools.combinations(range(len(names)), 2):
        sentence = f"`{names[one]}` and `{names[two]}` swapped in the return"
        yield "exchange", sentence, functools.partial(with_returned, {one: names[two], two: names[one]})
        for repeated, lost in ((one, two), (two, one)):
            sentence = f"`{names[repeated]}` returned for `{names[lost]}` too"
            yield "name", sentence, functools.partial(with_returned, {lost: names[repeated]})


def _operation_changes(node: ast.BinOp) -> Iterator[Change]:
    if isinstance(node.op, (ast.Add, ast.Sub)):
        yield from _term_changes(node)
    elif isinstance(node.op, (ast.Mult, ast.Div, ast.FloorDiv)):
        yield from _factor_changes(node)
    elif isinstance(node.op, ast.Pow):
        yield "power", f"`{text_of(node.left)}` not raised to the power in `{text_of(node)}`", lambda n: n.left
        yield "power", f"a product instead of the power in `{text_of(node)}`", lambda n: with_operator(n, ast.Mult)
    elif isinstance(node.op, ast.MatMult):
        yield "order", f"the factors of `{text_of(node)}` swapped", lambda n: ast.BinOp(n.right, n.op, n.left)


def _term_changes(node: ast.BinOp) -> Iterator[Change]:
    left, right = text_of(node.left), text_of(node.right)
    yield "term", f"the term `{right}` left out of `{text_of(node)}`", lambda n: n.left
    yield "term", f"the term `{left}` left out of `{text_of(node)}`", second_term
    yield (
        "sign",
        f"the sign of `{right}` flipped in `{text_of(node)}`",
        lambda n: with_operator(n, ast.Sub if isinstance(n.op, ast.Add) else ast.Add),
    )


def _factor_changes(node: ast.BinOp) -> Iterator[Change]:
    left, right = text_of(node.left), text_of(node.right)
    yield (
        "factor",
        f"{'the division by' if not isinstance(node.op, ast.Mult) else 'the factor'} `{right}` left out of `{text_of(node)}`",
        lambda n: n.left,
    )
    if isinstance(node.op, ast.Mult):
        yield "factor", f"the factor `{left}` left out of `{text_of(node)}`", lambda n: n.right
        yield "inverse", f"`{text_of(node)}` divided instead of multiplied", lambda n: with_operator(n, ast.Div)
    elif isinstance(node.op, ast.Div):
        yield "inverse", f"`{text_of(node)}` multiplied instead of divided", lambda n: with_operator(n, ast.Mult)
        if isinstance(node.right, ast.Name) and node.right.id in SIZES[0]:
            yield (
                "n-minus-1",
                f"{right} - 1 instead of {right} in `{text_of(node)}`",
                lambda n: with_field(n, "right", ast.BinOp(n.right, ast.Sub(), ast.Constant(1))),
            )


def _sum_up_changes(node: ast.AugAssign) -> Iterator[Change]:
    operator = {ast.Add: "+=", ast.Sub: "-=", ast.Div: "/=", ast.Mult: "*="}.get(type(node.op), "op=")
    yield (
        "assigns",
        f"`=` instead of `{operator}` in `{text_of(node)}`",
        lambda n: ast.Assign([n.target], n.value, lineno=n.lineno),
    )
    yield "left-out", f"`{text_of(node)}` left out", lambda n: ast.Pass()
    if isinstance(node.op, (ast.Add, ast.Sub)):
        yield (
            "sign",
            f"the sign flipped in `{text_of(node)}`",
            lambda n: with_operator(n, ast.Sub if isinstance(n.op, ast.Add) else ast.Add),
        )


def _constant_changes(node: Any) -> Iterator[Change]:
    for value in {node.value * 2, node.value / 2 if isinstance(node.value, float) else node.value - 1, -node.value}:
        yield "constant", f"{value:g} instead of {node.value:g}", functools.partial(constant, value)


def _comparison_changes(node: ast.Compare) -> Iterator[Change]:
    other = {
        ast.Gt: (ast.GtE, ast.Lt),
        ast.Lt: (ast.LtE, ast.Gt),
        ast.GtE: (ast.Gt, ast.LtE),
        ast.LtE: (ast.Lt, ast.GtE),
    }
    for operator in other.get(type(node.ops[0]), ()):
        yield "comparison", f"the comparison `{text_of(node)}` changed", functools.partial(with_comparison, operator)


def _name_changes(node: ast.Name) -> Iterator[Change]:
    for one, two in PAIRS:
        for name, other in ((one, two), (two, one)):
            if node.id == name:
                yield "exchange", f"{other} instead of {name}", functools.partial(named, other)
    if node.id == "eps":
        yield "eps", "1e-5 instead of eps", lambda n: ast.Constant(1e-5)
        yield "eps", "1e-8 instead of eps", lambda n: ast.Constant(1e-8)
    if node.id == "stride":
        yield "stride", "the stride ignored", lambda n: ast.Constant(1)
    if node.id == "pad":
        yield "pad", "the padding ignored", lambda n: ast.Constant(0)
        yield "pad", "a padding of 1 instead of pad", lambda n: ast.Constant(1)
    for size in ("N", "D", "C", "M"):
        if node.id in ("N", "D", "C", "M") and size != node.id:
            yield "size", f"{size} instead of {node.id}", functools.partial(named, size)
