"""Changes of any part of an expression: a sign, a power, an index, an axis, the order of arguments, a call, a constant's digits."""

import ast
import itertools
from collections.abc import Iterator
from typing import Any

from .source import SourceText, TextChange, parts_of, short

__all__ = ["axes", "digits", "indices", "orders", "powers", "signs", "sums", "terms", "times", "twice_times", "wrapped"]

AXES = ("0", "1", "-1", "2", "-2", "(0, 1)", "(0, 2, 3)", "(2, 3)", "(0, 1, 2)", "(1, 2)", "(1, 2, 3)")
REDUCTIONS = (
    "sum",
    "mean",
    "max",
    "min",
    "var",
    "std",
    "argmax",
    "prod",
    "flip",
    "concatenate",
    "stack",
)
FUNCTIONS = ("sqrt", "exp", "abs", "tanh", "log", "sign")
FACTORS = ("{0} * {1}", "{0} / {1}", "{0} * (1 - {1})", "{0} * (1 - {1} ** 2)", "{0} * ({1} > 0)")
MOST_NODES, MOST_PAIRED = 40, 10


def _made(node: Any, new: str, sentence: str = "") -> TextChange:
    return TextChange("", sentence, node, new)


def signs(source: SourceText, function: Any) -> Iterator[TextChange]:
    """Yield arguments and whole values with the other sign."""
    for node in parts_of(function, "arguments", "values"):
        is_minus = isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub)
        if not isinstance(node, (ast.Tuple, ast.Slice, ast.Dict, ast.List)):
            yield _made(node, source.plain(node.operand) if is_minus else f"-{source.source(node)}")


def powers(source: SourceText, function: Any) -> Iterator[TextChange]:
    """Yield parts squared, and the roots of parts."""
    for node in parts_of(function, "operands", "arguments", "values"):
        if not isinstance(node, (ast.Constant, ast.Tuple, ast.Dict)):
            yield _made(node, f"{source.source(node)} ** 2")
            yield _made(node, f"np.sqrt({source.plain(node)})")


def indices(source: SourceText, function: Any) -> Iterator[TextChange]:
    """Yield indices that are one more or one less, and another side of a shape."""
    for node in ast.walk(function):
        if not isinstance(node, ast.Subscript):
            continue
        for index in node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]:
            text = source.plain(index)
            if isinstance(index, ast.Name):
                yield from (_made(index, f"{text} {more}") for more in ("- 1", "+ 1"))
            elif isinstance(index, ast.BinOp) and isinstance(index.right, ast.Constant):
                yield _made(index, source.plain(index.left))
                yield from (_made(index, f"{source.plain(index.left)} {more}") for more in ("- 1", "+ 1"))
            elif isinstance(index, ast.Constant) and isinstance(index.value, int):
                yield from (_made(index, str(other)) for other in (0, 1, 2, 3, -1) if other != index.value)
            elif isinstance(index, ast.Slice) and source.plain(node).count(":") == 1:
                yield from (_made(index, other) for other in ("1:", ":-1", ":", "::-1") if other != text)


def axes(source: SourceText, function: Any) -> Iterator[TextChange]:
    """Yield other axes of what is added up, in the place where the axis stands."""
    for node in ast.walk(function):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        is_numpy = source.plain(node.func.value) in ("np", "numpy")
        found = [one.value for one in node.keywords if one.arg in ("axis", "dim")]
        found += node.args[1 if is_numpy else 0 :][:1] if node.func.attr in REDUCTIONS else []
        for value in found:
            for axis in AXES:
                if axis != source.plain(value):
                    sentence = f"the axis is wrong in {short(node)}: {axis}, not {source.plain(value)}"
                    yield _made(value, axis, sentence)


def orders(source: SourceText, function: Any) -> Iterator[TextChange]:
    """Yield arguments of a call, and targets of an assignment, in another order."""
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and 2 <= len(node.args) <= 4:
            parts, old = [source.plain(one) for one in node.args], source.plain(node)
            head = old[: source.span(node.args[0])[0] - source.span(node)[0]]
            tail = old[source.span(node.args[-1])[1] - source.span(node)[0] :]
            for i, j in itertools.combinations(range(len(parts)), 2):
                moved = list(parts)
                moved[i], moved[j] = moved[j], moved[i]
                sentence = f"`{parts[i]}` and `{parts[j]}` are exchanged in {short(node)}"
                yield _made(node, f"{head}{', '.join(moved)}{tail}", sentence)
        elif isinstance(node, ast.Tuple) and isinstance(node.ctx, ast.Store) and len(node.elts) <= 6:
            parts = [source.plain(one) for one in node.elts]
            for i, j in itertools.combinations(range(len(parts)), 2):
                moved = list(parts)
                moved[i], moved[j] = moved[j], moved[i]
                new = ", ".join(moved)
                sentence = f"`{parts[i]}` and `{parts[j]}` are exchanged: they are unpacked in another order"
                yield _made(node, f"({new})" if source.plain(node).startswith("(") else new, sentence)


def wrapped(source: SourceText, function: Any) -> Iterator[TextChange]:
    """Yield parts inside a call that is missing, what is left of 1, and the other operation."""
    for node in parts_of(function, "operands", "arguments", "values"):
        if isinstance(node, (ast.Constant, ast.Tuple, ast.Dict)):
            continue
        text = source.source(node)
        yield _made(node, f"(1 - {text})")
        yield _made(node, f"{text}.T")
        for name in FUNCTIONS:
            yield _made(node, f"np.{name}({source.plain(node)})")


def sums(source: SourceText, function: Any) -> Iterator[TextChange]:
    """Yield parts that are added up, or averaged, over an axis."""
    for node in parts_of(function, "operands", "arguments", "values"):
        if isinstance(node, (ast.Constant, ast.Tuple, ast.Dict)):
            continue
        text = source.source(node)
        for axis in ("0", "-1", "1"):
            yield _made(node, f"{text}.sum(axis={axis}, keepdims=True)")
            yield _made(node, f"{text}.mean(axis={axis}, keepdims=True)")
        yield from (_made(node, f"{text}.{more}") for more in ("sum(axis=0)", "mean(axis=0)", "sum()", "mean()"))
        yield from (_made(node, f"{text}.sum(axis={axis})") for axis in ("(0, 2, 3)", "(0, 1, 2)", "1", "(0, 1)"))


def digits(source: SourceText, function: Any) -> Iterator[TextChange]:
    """Yield numbers with their point moved, and in another usual size."""
    for node in ast.walk(function):
        if isinstance(node, ast.Constant) and type(node.value) in (int, float) and node.value:
            value: Any = node.value
            for other in (value / 10, value * 10, value / 100, 1 / value, value + 2):
                shown = f"{other:.12g}"
                if shown != source.plain(node):
                    yield _made(node, shown, f"{source.plain(node)} should be {shown}")


def times(source: SourceText, function: Any) -> Iterator[TextChange]:
    """Yield parts times, or over, a name of the function, or a number: a factor that is missing."""
    names = _factors_in(source, function)
    nodes = [one for one in parts_of(function, "values", "operands", "arguments") if not isinstance(one, ast.Dict)]
    for node in nodes:
        text = source.factor(node)
        yield from (_made(node, f"{text} {more}") for more in ("* 2", "/ 2", "* 3"))
    for form in FACTORS:
        for node in nodes:
            if not isinstance(node, (ast.Tuple, ast.Slice)):
                text = source.factor(node)
                new = (form.format(text, name) for name in names if name != text)
                yield from (_made(node, one if _is_alone(source, node) else f"({one})") for one in new)


def _factors_in(source: SourceText, function: Any) -> list[str]:
    """Return the names that a value may lack as a factor, the gradients that arrive last: what comes from them has one already."""
    names, gradients = source.names(function), source.gradients(function)
    return [*(name for name in names if name not in gradients), *gradients]


def _is_alone(source: SourceText, node: Any) -> bool:
    """Whether a part stands between brackets, commas or the ends of a line, where it needs no parentheses."""
    start, end = source.span(node)
    before, after = source.text[:start].rstrip(" ")[-1:], source.text[end:].lstrip(" ")[:1]
    return (before in "=([{,:" and after in ")]},\n#") or (
        source.text[:start].rstrip().endswith("return") and after in "\n#,"
    )


def terms(source: SourceText, function: Any) -> Iterator[TextChange]:
    """Yield values and operands with a name, or a product of two, added or taken off: a term that is missing.

    In a backward each term has a gradient that arrives as a factor.
    """
    names = source.names(function)
    gradients = source.gradients(function) or names
    nodes = [
        one
        for one in parts_of(function, "values", "operands")
        if not isinstance(one, (ast.Tuple, ast.Dict, ast.Constant))
    ]
    for node in nodes[:MOST_NODES]:
        text = source.plain(node)
        for added in names:
            yield from (_term(source, node, f"{text} {sign} {added}") for sign in "+-" if added != text)
        yield _term(source, node, f"1 + {text}")
    values = [one for one in parts_of(function, "values") if not isinstance(one, (ast.Tuple, ast.Dict, ast.Constant))]
    pairs = [(one, two) for one in gradients[:MOST_PAIRED] for two in names if one != two]
    for sign in "+-":
        for node in values:
            for one, two in pairs:
                yield _term(source, node, f"{source.plain(node)} {sign} {one} * {two}")
    for node in values:
        for one, two in pairs:
            products = (f"{one} @ {two}", f"{one} @ {two}.T", f"{two}.T @ {one}")
            yield from (_term(source, node, f"{source.plain(node)} + {product}") for product in products)


def _term(source: SourceText, node: Any, new: str) -> TextChange:
    return _made(node, new if _is_alone(source, node) else f"({new})")


def twice_times(source: SourceText, function: Any) -> Iterator[TextChange]:
    """Yield values and operands times two names."""
    names = _factors_in(source, function)[: MOST_PAIRED + 4]
    nodes = list(parts_of(function, "values", "operands"))[:MOST_NODES]
    for node in nodes:
        if not isinstance(node, (ast.Tuple, ast.Dict)):
            text = source.factor(node)
            for one, two in itertools.combinations(names, 2):
                yield _made(node, f"({text} * {one} * {two})")
            for one, two in itertools.permutations(names, 2):
                yield _made(node, f"({text} * {one} * (1 - {two}))")
