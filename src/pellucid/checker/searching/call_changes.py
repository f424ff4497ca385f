"""The mistakes that a call can have: another axis, keepdims lost, mean for sum, the call skipped."""

import ast
import functools
from collections.abc import Iterator
from typing import Any

from pellucid.checker.searching.node_edits import (
    Change,
    call_other,
    exchange_two,
    square_of_sum,
    text_of,
    with_axis,
    without_keyword,
)

__all__ = ["call_changes"]

SKIPPED_CALLS = {"maximum", "sqrt", "exp", "log", "abs", "copy", "square", "astype", "pad"}
OTHER_CALL = {
    "sum": "mean",
    "mean": "sum",
    "max": "min",
    "argmax": "argmin",
    "var": "std",
    "std": "var",
    "zeros_like": "ones_like",
}


def call_changes(node: ast.Call) -> Iterator[Change]:
    """Yield the changes of a call: another axis, keepdims lost, another reduction, the call skipped."""
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    method = isinstance(node.func, ast.Attribute) and not _is_numpy(node.func.value)
    yield from _keyword_changes(node)
    if name == "sum" and node.args and isinstance(node.args[0], ast.BinOp):
        inner = node.args[0]
        squared = isinstance(inner.op, ast.Pow) or (
            isinstance(inner.op, ast.Mult) and text_of(inner.left) == text_of(inner.right)
        )
        if squared:
            yield "square", f"the square of the sum instead of the sum of squares in `{text_of(node)}`", square_of_sum
    if name in OTHER_CALL:
        yield (
            "reduction",
            f"{OTHER_CALL[name]} instead of {name} in `{text_of(node)}`",
            lambda n: call_other(n, OTHER_CALL[name]),
        )
    if name in ("sum", "mean", "transpose", "reshape", "ravel") or name in SKIPPED_CALLS:
        if method and name != "astype":
            yield "skipped", f"{name} left out of `{text_of(node)}`", lambda n: n.func.value
        elif node.args and name != "pad":
            yield "skipped", f"{name} left out of `{text_of(node)}`", lambda n: n.args[0]
    if name == "transpose" and method and len(node.args) == 4:
        yield "transpose", f"height and width swapped in `{text_of(node)}`", exchange_two


def _keyword_changes(node: ast.Call) -> Iterator[Change]:
    for number, keyword in enumerate(node.keywords):
        if keyword.arg == "keepdims":
            yield "keepdims", f"keepdims lost in `{text_of(node)}`", functools.partial(without_keyword, number)
        elif keyword.arg == "axis":
            if not any(k.arg == "keepdims" for k in node.keywords):
                yield (
                    "axis",
                    f"no axis in `{text_of(node)}` (the sum is one number)",
                    functools.partial(without_keyword, number),
                )
            for value in _other_axes(keyword.value):
                yield (
                    "axis",
                    f"axis {value} instead of {text_of(keyword.value)} in `{text_of(node)}`",
                    functools.partial(with_axis, number, value),
                )


def _other_axes(node: ast.expr) -> list[Any]:
    if isinstance(node, ast.Constant) and node.value in (0, 1):
        return [1 - node.value]
    if isinstance(node, ast.Tuple) and all(isinstance(e, ast.Constant) for e in node.elts):
        axes = tuple(e.value for e in node.elts if isinstance(e, ast.Constant))
        return [axes[:k] + axes[k + 1 :] for k in range(len(axes))] + ([(1, 2, 3)] if axes == (0, 2, 3) else [])
    return []


def _is_numpy(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "np"
