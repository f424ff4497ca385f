"""Small changes of a learner's own lines, one at a time: the one that makes all right shows where the mistake is.

Runs in a worker, and runs nothing of the source. Each edit is [line, start, end, new text]: start and end
are characters of the source, lines are as the parser counts them. Of another function at the top that is called, the
edit goes on with where that begins and ends.
The simplest and most usual mistakes come first.
"""

import ast
from collections.abc import Callable, Iterator
from typing import Any

__all__ = ["edits_of", "line_that_sets"]

MOST, LONGEST, MOST_CALLED = 1500, 400, 4
FLIPS = {ast.Gt: ("<=", ">=", "<"), ast.GtE: ("<", ">", "<="), ast.Lt: (">=", "<=", ">"), ast.LtE: (">", "<", ">=")}
SWAPS = {ast.Add: "-", ast.Sub: "+", ast.Mult: "/", ast.Div: "*", ast.MatMult: "*"}
REDUCTIONS = ("sum", "mean")


def edits_of(text: str, first: int, like: str = "") -> list[list[Any]]:
    """Return the edits of the function that begins in a line. like: the kind of edit to begin with ("paths", "factor", "size")."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    edits = _Edits(text, tree, first)
    every = [edits, *(_Edits(text, tree, called.lineno, is_called=True) for called in edits.called())]
    passes = zip(
        *(one.passes(like) for one in every), strict=True
    )  # what is likely in one, before what is not in another
    found = {
        (edit[1], edit[2], edit[3]): edit for edit in reversed([e for part in passes for one in part for e in one])
    }
    return list(reversed(found.values()))[:MOST]


def line_that_sets(text: str, first: int, name: str, place: int) -> int:
    """Return the last line of a function that sets a name, an attribute or an item; for "", what is returned at a place; or 0."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return 0
    edits = _Edits(text, tree, first)
    if edits.function is None:
        return 0
    statements = [n for n in ast.walk(edits.function) if isinstance(n, (ast.Assign, ast.AugAssign, ast.Return))]
    if not name:
        returned = [n.value for n in statements if isinstance(n, ast.Return) and n.value is not None]
        if not returned:
            return 0
        value = returned[-1]
        part = value.elts[place] if isinstance(value, ast.Tuple) and place < len(value.elts) else value
        if not isinstance(part, (ast.Name, ast.Attribute)):
            return int(part.lineno)
        name = part.id if isinstance(part, ast.Name) else part.attr
    lines = [n.lineno for n in statements if not isinstance(n, ast.Return) and name in _targets(n)]
    return max(lines or [n.lineno for n in statements if isinstance(n, ast.Return)] or [0])


def _targets(node: Any) -> set[str]:
    """Return the names that a statement sets: of `x`, `x[...]`, `self.x`, `grads["x"]`."""
    names: set[str] = set()
    for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
        for one in target.elts if isinstance(target, ast.Tuple) else [target]:
            while isinstance(one, ast.Subscript):
                if isinstance(one.slice, ast.Constant) and isinstance(one.slice.value, str):
                    names.add(one.slice.value)
                one = one.value
            names |= {one.id} if isinstance(one, ast.Name) else {one.attr} if isinstance(one, ast.Attribute) else set()
    return names


class _Edits:
    def __init__(self, text: str, tree: ast.Module, first: int, *, is_called: bool = False) -> None:
        self.text, self.is_called = text, is_called
        self.starts = [0]
        for line in text.splitlines(keepends=True):
            self.starts.append(self.starts[-1] + len(line))
        self.lines = text.splitlines(keepends=True)
        self.function = next(
            (n for n in ast.walk(tree) if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef)) and n.lineno == first),
            None,
        )
        self.tree = tree

    def passes(self, like: str) -> list[list[list[Any]]]:
        """Return the edits, each kind of change by itself, the likely kinds first."""
        first = {"paths": [self._centered], "factor": [self._factors, self._products], "size": [self._whole]}.get(
            like, []
        )
        usual = [
            self._small,
            self._sums,
            self._powers,
            self._stored,
            self._returned,
            self._whole,
            self._factors,
            self._products,
            self._names,
            self._centered,
        ]
        order = (
            [*first, *(one for one in usual if one not in first)]
            if like == "paths"
            else [*usual[:5], *first, *(one for one in usual[5:] if one not in first)]
        )
        return [self._of_pass(one) if self.function is not None else [] for one in order]

    def _of_pass(self, changes: Callable[[Any], Iterator[tuple[Any, str]]]) -> list[list[Any]]:
        whole, found = self.span(), []
        for node, new in changes(self.function):
            start, end = self._span(node)
            if self.text[start:end] != new and len(new) <= LONGEST:
                found.append([node.lineno, start, end, new, *(whole if self.is_called else [])])
        return found

    def called(self) -> list[Any]:
        """Return the functions of the source that this one calls: at the top, or of its class."""
        owner = next((n for n in ast.walk(self.tree) if isinstance(n, ast.ClassDef) and self.function in n.body), None)
        known = {n.name: n for n in self.tree.body if isinstance(n, ast.FunctionDef)}
        known |= {f"self.{n.name}": n for n in (owner.body if owner else []) if isinstance(n, ast.FunctionDef)}
        parts = ast.walk(self.function) if self.function is not None else ()
        names = dict.fromkeys(self._plain(n.func) for n in parts if isinstance(n, ast.Call))
        return [known[name] for name in names if name in known and known[name] is not self.function][:MOST_CALLED]

    def span(self) -> list[int]:
        """Return where the function stands in the source, if it is at the top."""
        return list(self._span(self.function)) if self.function in self.tree.body else []

    def _span(self, node: Any) -> tuple[int, int]:
        return self._at(node.lineno, node.col_offset), self._at(node.end_lineno, node.end_col_offset)

    def _at(self, line: int, column: int) -> int:
        text = self.lines[line - 1]
        return self.starts[line - 1] + len(text.encode()[:column].decode("utf-8", "ignore"))

    def _src(self, node: Any) -> str:
        start, end = self._span(node)
        text = self.text[start:end]
        return f"({text})" if isinstance(node, (ast.BinOp, ast.UnaryOp, ast.Compare, ast.IfExp)) else text

    def _names_in_scope(self) -> list[str]:
        """Return names and attributes of numbers that the function uses, in their order."""
        assert self.function is not None
        found: dict[str, None] = {}
        for node in ast.walk(self.function):
            if (
                isinstance(node, ast.Attribute)
                and isinstance(node.value, ast.Name)
                and node.value.id in ("self", "ctx")
            ):
                found[f"{node.value.id}.{node.attr}"] = None
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                found[node.id] = None
        found |= dict.fromkeys(a.arg for a in self.function.args.args if a.arg not in ("self", "ctx"))
        owner = next((n for n in ast.walk(self.tree) if isinstance(n, ast.ClassDef) and self.function in n.body), None)
        if owner is not None:
            found |= dict.fromkeys(
                f"self.{n.attr}"
                for n in ast.walk(owner)
                if isinstance(n, ast.Attribute)
                and isinstance(n.ctx, ast.Store)
                and getattr(n.value, "id", "") == "self"
            )
        methods = {f"self.{n.name}" for n in (owner.body if owner else []) if isinstance(n, ast.FunctionDef)}
        return [name for name in found if name not in methods][:14]

    def _small(self, function: Any) -> Iterator[tuple[Any, str]]:
        """Yield changes of one sign: comparisons, operators, `=` and `+=`, transposes."""
        for node in ast.walk(function):
            if isinstance(node, ast.Compare) and len(node.ops) == 1:
                for sign in FLIPS.get(type(node.ops[0]), ()):
                    yield node, f"{self._src(node.left)} {sign} {self._src(node.comparators[0])}"
            elif isinstance(node, ast.BinOp):
                yield from self._of_operator(node)
            elif isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Subscript):
                into, value = node.targets[0], self._src(node.value)
                yield node, f"{self._src(into)} += {value}"
                yield node, f"np.add.at({self._src(into.value)}, {self._plain(into.slice)}, {value})"
            elif isinstance(node, ast.AugAssign):
                target = self._src(node.target)
                if isinstance(node.op, (ast.Add, ast.Sub)):
                    other = "-=" if isinstance(node.op, ast.Add) else "+="
                    yield node, f"{target} {other} {self._src(node.value)}"
                yield node, f"{target} = {self._src(node.value)}"
                if isinstance(node.op, ast.Add):
                    yield node, f"{target} = np.sqrt({target} ** 2 + {self._src(node.value)})"
                if isinstance(node.target, ast.Subscript) and isinstance(node.op, ast.Add):
                    yield (
                        node,
                        f"np.add.at({self._src(node.target.value)}, {self._plain(node.target.slice)}, {self._src(node.value)})",
                    )
            elif (
                isinstance(node, ast.Call) and self._plain(node.func) in ("np.add", "numpy.add") and len(node.args) == 2
            ):
                left, right = map(self._src, node.args)
                yield node, f"np.sqrt({left} ** 2 + {right})"
            elif isinstance(node, ast.Attribute) and node.attr == "T":
                yield node, self._src(node.value)
            elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
                yield node, self._src(node.operand)
            elif (
                isinstance(node, ast.Constant) and type(node.value) in (int, float) and node.value in (0, 1, 2, 0.5, -1)
            ):
                for new in (0, 1, 2):
                    yield node, str(new)
            elif isinstance(node, ast.Tuple) and isinstance(node.ctx, ast.Load) and 2 <= len(node.elts) <= 4:
                for i in range(len(node.elts)):
                    for j in range(i):
                        parts = [self._plain(one) for one in node.elts]
                        parts[i], parts[j] = parts[j], parts[i]
                        yield (
                            node,
                            ", ".join(parts) if not self._plain(node).startswith("(") else f"({', '.join(parts)})",
                        )

    def _stored(self, function: Any) -> Iterator[tuple[Any, str]]:
        """Yield what is returned in place of what is kept: the output for the input."""
        returned = [n.value for n in ast.walk(function) if isinstance(n, ast.Return) and n.value is not None]
        for node in ast.walk(function):
            if (
                isinstance(node, ast.Assign)
                and isinstance(node.targets[0], ast.Attribute)
                and isinstance(node.value, ast.Name)
                and returned
            ):
                yield node.value, self._plain(returned[-1])

    def _returned(self, function: Any) -> Iterator[tuple[Any, str]]:
        """Yield what another method returns in place of the attribute that this comes from: `np.tanh(self.z)` for `self.z`."""
        owner = next((n for n in ast.walk(self.tree) if isinstance(n, ast.ClassDef) and function in n.body), None)
        methods = [n for n in owner.body if isinstance(n, ast.FunctionDef) and n is not function] if owner else []
        for value in (n.value for one in methods for n in ast.walk(one) if isinstance(n, ast.Return)):
            parts = list(ast.walk(value)) if isinstance(value, ast.Call) else []
            kept = {self._plain(n) for n in parts if self._is_kept(n)}
            if len(kept) == 1 and all(n.id in ("np", "numpy", "self") for n in parts if isinstance(n, ast.Name)):
                places = [n for n in ast.walk(function) if self._is_kept(n) and self._plain(n) in kept]
                yield from ((node, self._plain(value)) for node in places)

    @staticmethod
    def _is_kept(node: Any) -> bool:
        return isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self"

    def _powers(self, function: Any) -> Iterator[tuple[Any, str]]:
        """Yield names squared, in what is computed from them."""
        for node in ast.walk(function):
            if isinstance(node, ast.BinOp):
                for side in (node.left, node.right):
                    if isinstance(side, (ast.Name, ast.Attribute)) and not isinstance(node.op, ast.Pow):
                        yield side, f"{self._plain(side)} ** 2"

    def _plain(self, node: Any) -> str:
        start, end = self._span(node)
        return self.text[start:end]

    def _of_operator(self, node: ast.BinOp) -> Iterator[tuple[Any, str]]:
        left, right = self._src(node.left), self._src(node.right)
        if isinstance(node.op, (ast.Add, ast.Sub, ast.Mult, ast.Div)):
            yield node, f"({left} {SWAPS[type(node.op)]} {right})"
            yield node, left
        if isinstance(node.op, ast.Add):
            yield node, f"np.sqrt({left} ** 2 + {right})"
            yield node, f"np.sqrt({right} ** 2 + {left})"
        if isinstance(node.op, (ast.Add, ast.Mult)):
            yield node, right
        if isinstance(node.op, ast.Pow):
            yield node, left
        if isinstance(node.op, ast.MatMult):
            for new in (
                f"{left}.T @ {right}",
                f"{left} @ {right}.T",
                f"{right} @ {left}",
                f"{right}.T @ {left}",
                f"{right} @ {left}.T",
            ):
                yield node, f"({new})"
        if (
            isinstance(node.op, ast.Add)
            and isinstance(node.left, ast.Call)
            and "sqrt" in self._plain(node.left.func)
            and node.left.args
        ):
            yield node, f"{self._plain(node.left.func)}({self._plain(node.left.args[0])} + {right})"
        if isinstance(node.op, ast.Add) and isinstance(node.left, ast.BinOp) and isinstance(node.left.op, ast.Pow):
            yield node, f"(({self._src(node.left.left)} + {right}) ** {self._src(node.left.right)})"

    def _sums(self, function: Any) -> Iterator[tuple[Any, str]]:
        """Yield changes of sums and means: another axis, no division, the sides that are kept."""
        for node in ast.walk(function):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            name, holder = node.func.attr, self._src(node.func.value)
            other = [k for k in node.keywords if k.arg not in ("ddof",)]
            if len(other) < len(node.keywords):
                yield node, f"{holder}.{name}({', '.join(self._argument(one) for one in (*node.args, *other))})"
            if name == "var" or name == "std":
                continue
            if name not in REDUCTIONS:
                continue
            is_numpy = holder in ("np", "numpy")
            given = [self._plain(one) for one in node.args[: 1 if is_numpy else 0]]
            arguments = [self._argument(one) for one in (*node.args, *node.keywords)]
            yield node, f"{holder}.{'mean' if name == 'sum' else 'sum'}({', '.join(arguments)})"
            summed = node.args[0] if is_numpy and node.args else node.func.value
            for factor in self._names_in_scope():
                yield summed, f"({self._src(summed)} * {factor})"
            for rest in (
                "axis=0",
                "axis=1",
                "axis=-1",
                "axis=0, keepdims=True",
                "axis=1, keepdims=True",
                "axis=(0, 2, 3)",
                "axis=(0, 1, 2)",
                "",
            ):
                yield node, f"{holder}.{name}({', '.join([*given, *([rest] if rest else [])])})"

    def _argument(self, node: Any) -> str:
        return f"{node.arg}={self._plain(node.value)}" if isinstance(node, ast.keyword) else self._plain(node)

    def _values(self, function: Any) -> Iterator[Any]:
        """Yield what is assigned and returned, and the parts of what is returned."""
        for node in ast.walk(function):
            if isinstance(node, (ast.Assign, ast.AugAssign, ast.Return)) and node.value is not None:
                parts = (
                    node.value.elts
                    if isinstance(node.value, ast.Tuple)
                    else node.value.values
                    if isinstance(node.value, ast.Dict)
                    else [node.value]
                )
                yield from (one for one in parts if not isinstance(one, ast.Constant))

    def _whole(self, function: Any) -> Iterator[tuple[Any, str]]:
        """Yield changes of whole values: the sign, a transpose, a sum, the batch's size."""
        arguments = [a.arg for a in function.args.args if a.arg not in ("self", "ctx")]
        counts = [
            name
            for name in self._names_in_scope()
            if name in ("m", "n", "N", "batch_size", "samples", "self.n", "batch", "num", "size")
        ]
        first = arguments[0] if arguments else ""
        stored = [name for name in self._names_in_scope() if name.startswith("self.")][:3]
        sizes = [
            *counts,
            *([f"len({first})", f"{first}.shape[1]"] if first else []),
            *(f"len({name})" for name in stored),
            "2",
        ]
        for value in self._values(function):
            text = self._src(value)
            yield value, f"-{text}"
            yield value, f"{text}.T"
            yield value, f"{text}.sum(axis=0)"
            yield value, f"{text}.sum(axis=1, keepdims=True)"
            for size in sizes:
                yield value, f"{text} / {size}"
                yield value, f"{text} * {size}"

    def _factors(self, function: Any) -> Iterator[tuple[Any, str]]:
        """Yield a value times, or over, a name of the function: a factor that is missing."""
        names = self._names_in_scope()
        for value in self._values(function):
            text = self._src(value)
            for name in names:
                yield value, f"{text} * {name}"
                yield value, f"{text} * (1 - {name} ** 2)"
                yield value, f"{text} * (1 - {name})"
            for name in names:
                yield value, f"{text} / {name}"
                yield value, f"{text} / (1 - {name})"
                yield value, f"{text} * ({name} > 0)"

    def _names(self, function: Any) -> Iterator[tuple[Any, str]]:
        """Yield one name in place of another, and powers."""
        names = self._names_in_scope()
        for node in self._loads(function):
            yield node, f"{self._plain(node)} ** 2"
            for name in names:
                yield node, name

    def _loads(self, function: Any) -> Iterator[Any]:
        names = set(self._names_in_scope())
        for value in self._values(function):
            yield from (
                node for node in ast.walk(value)
                if isinstance(node, (ast.Name, ast.Attribute)) and isinstance(node.ctx, ast.Load) and self._plain(node) in names
            )  # fmt: skip

    def _centered(self, function: Any) -> Iterator[tuple[Any, str]]:
        """Yield a name less its mean, or less its part along another: the paths through a mean and a variance."""
        names = self._names_in_scope()
        nodes = list(self._loads(function))
        for node in nodes:
            text = self._plain(node)
            for axis in ("0", "1", "-1"):
                yield node, f"({text} - {text}.mean(axis={axis}, keepdims=True))"
        for node in nodes:
            text = self._plain(node)
            for kept in (f"axis={axis}, keepdims=True" for axis in ("0", "-1", "1")):
                for other in names:
                    along = f"{other} * ({text} * {other}).mean({kept})"
                    yield node, f"({text} - {text}.mean({kept}) - {along})"
                    yield node, f"({text} - {along})"
                    yield node, f"({text} - ({text} * {other}).sum({kept}))"

    def _products(self, function: Any) -> Iterator[tuple[Any, str]]:
        """Yield a part of a product or a sum times a name."""
        names = self._names_in_scope()
        for node in ast.walk(function):
            if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Mult, ast.Add, ast.Sub)):
                for side in (node.left, node.right):
                    for name in names:
                        yield side, f"({self._src(side)} * {name})"
                        yield side, f"({self._src(side)} * (1 - {name}))"
                        yield side, f"({self._src(side)} * {name}.sum(axis=1, keepdims=True))"
                        yield side, f"({self._src(side)} * {name}.sum(axis=0, keepdims=True))"
