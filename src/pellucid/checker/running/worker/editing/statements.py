"""Changes of what is written wrongly in a statement: `=` for `+=`, a return in a loop, a line too many, one name for another."""

import ast
from collections.abc import Iterator
from typing import Any

from .source import SourceText, TextChange, short, text_of

__all__ = ["changes_of_names", "changes_of_statements"]

SIGNS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
OTHER = {ast.Add: "-", ast.Sub: "+", ast.Mult: "/", ast.Div: "*"}
SIZES = ("N", "n", "m", "D", "C", "F", "H", "W", "batch", "num_train", "batch_size")
MOST_EXCHANGED = 8
MODULES = ("np", "numpy", "range", "len")


def changes_of_statements(source: SourceText, function: Any) -> Iterator[TextChange]:
    """Yield the changes of a function's statements."""
    nodes = [node for one in function.body for node in ast.walk(one)]
    names = {node.id for node in nodes if isinstance(node, ast.Name)} | {one.arg for one in function.args.args}
    for node in nodes:
        if isinstance(node, ast.AugAssign):
            yield from _of_step(node)
        elif isinstance(node, ast.Assign) and len(node.targets) == 1:
            yield from _of_assignment(node, [name for name in SIZES if name in names])
        elif isinstance(node, ast.Return):
            yield from _of_return(node, function.body[-1])
        elif isinstance(node, ast.Tuple) and isinstance(node.ctx, ast.Load) and 2 <= len(node.elts) <= MOST_EXCHANGED:
            yield from _exchanged(source, node)
    yield from _of_loops(nodes, source.names(function))


def _of_step(node: ast.AugAssign) -> Iterator[TextChange]:
    target, value, sign = text_of(node.target), text_of(node.value), SIGNS.get(type(node.op), "")
    yield TextChange("deleted", f"{short(node)} is too much", node, "pass")
    yield TextChange("set", f"`{sign}=` should be `=` in {short(node)}", node, f"{target} = {value}")
    if type(node.op) in OTHER:
        other = OTHER[type(node.op)]
        yield TextChange(
            f"step {other}", f"{short(node)} should be with `{other}=`", node, f"{target} {other}= {value}"
        )
    if isinstance(node.op, ast.Add):
        inside = f"{target} = np.sqrt({target} ** 2 + {value})"
        yield TextChange("inside root", f"{short(node.value)} belongs inside the root", node, inside)
        if isinstance(node.target, ast.Subscript):
            yield _added_up(node, node.target, value)


def _of_assignment(node: ast.Assign, sizes: list[str]) -> Iterator[TextChange]:
    target, value = node.targets[0], node.value
    if isinstance(target, ast.Subscript):
        sentence = f"{short(target)} is overwritten where it must be added to"
        yield TextChange("sum up", sentence, node, f"{text_of(target)} += {text_of(value)}")
        yield TextChange("take off", sentence, node, f"{text_of(target)} -= {text_of(value)}")
        yield _added_up(node, target, text_of(value))
        yield TextChange("deleted", f"{short(node)} is too much", node, "pass")
    if isinstance(target, ast.Tuple) and not isinstance(value, ast.Tuple):
        yield from _unpacked(target)
    if isinstance(target, ast.Name) and not isinstance(value, (ast.Constant, ast.Tuple, ast.Name, ast.Attribute)):
        yield TextChange("sign", f"the sign of {target.id} is wrong", value, f"-({text_of(value)})")
        for size in sizes:
            yield TextChange(
                f"divided {size}", f"{target.id} is not divided by {size}", value, f"({text_of(value)}) / {size}"
            )


def _unpacked(target: ast.Tuple) -> Iterator[TextChange]:
    """Yield other numbers of values that are unpacked: one name fewer, the remaining values left alone."""
    names = [ast.unparse(one) for one in target.elts]
    for place, name in enumerate(names):
        rest = [*names[:place], *names[place + 1 :]]
        new = ", ".join(rest) if len(rest) > 1 else f"{''.join(rest)},"
        yield TextChange("", f"`{name}` is unpacked, and no value is left for it", target, new)
    if not any(isinstance(one, ast.Starred) for one in target.elts):
        yield TextChange("", f"more values come than {', '.join(names)}", target, f"{', '.join(names)}, *_")


def _added_up(node: Any, target: ast.Subscript, value: str) -> TextChange:
    sentence = f"{short(target)} is added to only once for an index that is repeated"
    return TextChange(
        "add at", sentence, node, f"np.add.at({text_of(target.value)}, {ast.unparse(target.slice)}, {value})"
    )


def _of_return(node: ast.Return, last: ast.stmt) -> Iterator[TextChange]:
    if node is not last and isinstance(last, (ast.For, ast.While)):
        indented = ast.Name(" " * node.col_offset)
        indented.lineno = indented.end_lineno = node.lineno
        indented.col_offset, indented.end_col_offset = 0, node.col_offset
        sentence = "the return stands inside a loop, which ends after its first turn"
        yield TextChange("return", sentence, indented, " " * last.col_offset)


def _exchanged(source: SourceText, node: ast.Tuple) -> Iterator[TextChange]:
    plain = source.plain(node)
    for i in range(len(node.elts)):
        for j in range(i):
            parts = [source.plain(one) for one in node.elts]
            parts[i], parts[j] = parts[j], parts[i]
            new = ", ".join(parts)
            sentence = f"{short(node.elts[j])} and {short(node.elts[i])} are exchanged"
            yield TextChange("", sentence, node, f"({new})" if plain.startswith("(") else new)


def _of_loops(nodes: list[Any], names: list[str]) -> Iterator[TextChange]:
    """Yield other steps of loops: `i * stride` for `i * height`, in all places at once."""
    turns = {node.target.id for node in nodes if isinstance(node, ast.For) and isinstance(node.target, ast.Name)}
    products: list[Any] = [
        node
        for node in nodes
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult)
        if isinstance(node.left, ast.Name) and isinstance(node.right, ast.Name)
        if (node.left.id in turns) != (node.right.id in turns)
    ]
    for name in names if products else ():
        for node in products:
            turn, step = (node.left, node.right) if node.left.id in turns else (node.right, node.left)
            if name not in (*turns, step.id) and "." not in name:
                new = f"{turn.id} * {name}"
                yield TextChange(f"loop step {name}", f"{short(node)} should be `{new}`", node, new)


def changes_of_names(source: SourceText, function: Any) -> Iterator[TextChange]:
    """Yield other names of the function in a name's place."""
    names = [name for name in source.names(function) if name not in MODULES]
    for node in source.loads(function):
        here = source.plain(node)
        if here not in MODULES:
            for other in names:
                if other != here:
                    yield TextChange(f"name {here} {other}", f"`{here}` should be `{other}`", node, other)
    products: list[Any] = [n for n in ast.walk(function) if isinstance(n, ast.BinOp) and isinstance(n.op, ast.Mult)]
    for node in products:  # `k * k` for `s * s`
        here = source.plain(node.left)
        if isinstance(node.left, ast.Name) and here == source.plain(node.right):
            for other in (name for name in names if name != here):
                new = f"{other} * {other}"
                yield TextChange(f"name {new}", f"`{here} * {here}` should be `{new}`", node, new)
