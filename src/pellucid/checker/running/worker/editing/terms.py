"""Changes that add what is missing: a square, a factor, a division by the batch's size, the paths through a mean and a variance."""

import ast
import re
from collections.abc import Iterator
from typing import Any

from .source import SourceText, TextChange

__all__ = ["centered", "factors", "kept", "products", "raised", "recomputed", "squared", "whole"]

COUNTS = ("m", "n", "N", "batch_size", "samples", "self.n", "batch", "num", "size")
REDUCTIONS = ("sum", "mean")
COUNTER = re.compile(r"t|step\w*|iter\w*|n_?iter\w*|epoch|time_?step|num_?updates|count\w*|k", re.IGNORECASE)


def _added(node: Any, new: str) -> TextChange:
    return TextChange("", "", node, new)


def squared(source: SourceText, function: Any) -> Iterator[TextChange]:
    """Yield names squared, in what is computed from them."""
    for node in ast.walk(function):
        if isinstance(node, ast.BinOp) and not isinstance(node.op, ast.Pow):
            for side in (node.left, node.right):
                if isinstance(side, (ast.Name, ast.Attribute)):
                    yield _added(side, f"{source.plain(side)} ** 2")


def raised(source: SourceText, function: Any) -> Iterator[TextChange]:
    """Yield `1 - beta ** t` for `1 - beta`, in one place and in all: the count of steps that is missing."""
    counts = [name for name in source.names(function) if COUNTER.fullmatch(name.rpartition(".")[2])]
    for node in ast.walk(function) if counts else ():
        if (
            isinstance(node, ast.BinOp)
            and isinstance(node.op, ast.Sub)
            and isinstance(node.right, (ast.Name, ast.Attribute))
        ):
            here = source.plain(node.right)
            for name in counts if isinstance(node.left, ast.Constant) else ():
                new = f"{here} ** {name}"
                yield TextChange(f"raised to {name}", f"`{here}` should be `{new}`", node.right, new)


def kept(source: SourceText, function: Any) -> Iterator[TextChange]:
    """Yield what is returned in place of what is kept: the output for the input."""
    returned = [n.value for n in ast.walk(function) if isinstance(n, ast.Return) and n.value is not None]
    for node in ast.walk(function) if returned else ():
        if (
            isinstance(node, ast.Assign)
            and isinstance(node.targets[0], ast.Attribute)
            and isinstance(node.value, ast.Name)
        ):
            yield _added(node.value, source.plain(returned[-1]))


def recomputed(source: SourceText, function: Any) -> Iterator[TextChange]:
    """Yield what another method returns in place of the attribute that this comes from: `np.tanh(self.z)` for `self.z`."""
    owner = source.owner(function)
    methods = [n for n in owner.body if isinstance(n, ast.FunctionDef) and n is not function] if owner else []
    for value in (n.value for one in methods for n in ast.walk(one) if isinstance(n, ast.Return)):
        parts = list(ast.walk(value)) if isinstance(value, ast.Call) else []
        attributes = {source.plain(n) for n in parts if _is_of_self(n)}
        if len(attributes) == 1 and all(n.id in ("np", "numpy", "self") for n in parts if isinstance(n, ast.Name)):
            places = [n for n in ast.walk(function) if _is_of_self(n) and source.plain(n) in attributes]
            yield from (_added(node, source.plain(value)) for node in places)


def _is_of_self(node: Any) -> bool:
    return isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self"


def _values(function: Any) -> Iterator[Any]:
    """Yield what is assigned and returned, and the parts of what is returned."""
    for node in ast.walk(function):
        if isinstance(node, (ast.Assign, ast.AugAssign, ast.Return)) and node.value is not None:
            value = node.value
            parts = (
                value.elts if isinstance(value, ast.Tuple) else value.values if isinstance(value, ast.Dict) else [value]
            )
            yield from (one for one in parts if not isinstance(one, ast.Constant))


def whole(source: SourceText, function: Any) -> Iterator[TextChange]:
    """Yield changes of whole values: the sign, a transpose, a sum, the batch's size."""
    arguments = [a.arg for a in function.args.args if a.arg not in ("self", "ctx")]
    names = source.names(function)
    stored = [name for name in names if name.startswith("self.")][:3]
    sizes = [name for name in names if name in COUNTS]
    sizes += [f"len({arguments[0]})", f"{arguments[0]}.shape[1]"] if arguments else []
    sizes += [*(f"len({name})" for name in stored), "2"]
    for value in _values(function):
        text = source.source(value)
        for new in (f"-{text}", f"{text}.T", f"{text}.sum(axis=0)", f"{text}.sum(axis=1, keepdims=True)"):
            yield _added(value, new)
        for size in sizes:
            yield _added(value, f"{source.factor(value)} / {size}")
            yield _added(value, f"{source.factor(value)} * {size}")


def factors(source: SourceText, function: Any) -> Iterator[TextChange]:
    """Yield a value times, or over, a name of the function: a factor that is missing."""
    names = source.names(function)
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in REDUCTIONS:
            is_numpy = source.plain(node.func.value) in ("np", "numpy")
            summed = node.args[0] if is_numpy and node.args else node.func.value
            yield from (_added(summed, f"({source.source(summed)} * {name})") for name in names)
    for value in _values(function):
        text = source.factor(value)
        for form in ("{0} * {1}", "{0} * (1 - {1} ** 2)", "{0} * (1 - {1})"):
            yield from (_added(value, form.format(text, name)) for name in names)
        for form in ("{0} / {1}", "{0} / (1 - {1})", "{0} * ({1} > 0)"):
            yield from (_added(value, form.format(text, name)) for name in names)


def products(source: SourceText, function: Any) -> Iterator[TextChange]:
    """Yield a part of a product or a sum times a name."""
    names = source.names(function)
    for node in ast.walk(function):
        if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Mult, ast.Add, ast.Sub)):
            for side in (node.left, node.right):
                text = source.source(side)
                for name in names:
                    yield _added(side, f"({text} * {name})")
                    yield _added(side, f"({text} * (1 - {name}))")
                    yield _added(side, f"({text} * {name}.sum(axis=1, keepdims=True))")
                    yield _added(side, f"({text} * {name}.sum(axis=0, keepdims=True))")


def centered(source: SourceText, function: Any) -> Iterator[TextChange]:
    """Yield a name less its mean, or less its part along another: the paths through a mean and a variance."""
    names, nodes = source.names(function), list(source.loads(function))
    for node in nodes:
        text = source.plain(node)
        yield from (_added(node, f"({text} - {text}.mean(axis={axis}, keepdims=True))") for axis in ("0", "1", "-1"))
    for node in nodes:
        text = source.plain(node)
        for axis in (f"axis={axis}, keepdims=True" for axis in ("0", "-1", "1")):
            for other in names:
                along = f"{other} * ({text} * {other}).mean({axis})"
                yield _added(node, f"({text} - {text}.mean({axis}) - {along})")
                yield _added(node, f"({text} - {along})")
                yield _added(node, f"({text} - ({text} * {other}).sum({axis}))")
