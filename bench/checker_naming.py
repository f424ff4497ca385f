"""How well the checker names a mistake, and at the right line: mistakes planted into right units, whose truth is known.

    python -m bench.checker_naming --seed 1 --count 60 [--kind sign] [--show]

Each mistake is one change of the text of a right unit of the tests (functions with caches, classes, contexts, columns, NHWC), in
its forward or its backward. Named: a cause gives the change that makes the unit correct, or has the kind's words. At the right
line: that of the planted change.
"""

import argparse
import ast
import random
import re
import time
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from pellucid.checker.judging.verdicts import FunctionReport
from pellucid.checker.recognising.check_units import check_units, find_units
from pellucid.checker.recognising.probing import Source
from pellucid.checker.recognising.units import Unit
from pellucid.checker.running.job import Limits
from pellucid.checker.running.sandbox import Workers

SETS = Path(__file__).resolve().parents[1] / "tests" / "checker" / "recognising"
OPPOSITE = {ast.Add: " - ", ast.Sub: " + ", ast.Mult: " / ", ast.Div: " * "}
REDUCTIONS = {"sum": "mean", "mean": "sum", "max": "min", "var": "std"}
WORDS = {
    "sign": "sign|minus", "swapped outputs": "swap|exchang", "transposed": "transpos", "missing sum": "sum", "axis": "axis",
    "eps place": "eps", "power": "squar|root|power", "overwritten": "add|overwrit|accumul", "mean for sum": "mean|averag|divid|sum",
}  # fmt: skip


class Planted(NamedTuple):
    """A mistake in the text of a file."""

    kind: str
    line: int
    last: int
    text: str
    change: str


class Text:
    """A source whose nodes can be replaced."""

    def __init__(self, text: str) -> None:
        self.text, self.tree = text, ast.parse(text)
        self.starts = [0]
        for line in text.splitlines(keepends=True):
            self.starts.append(self.starts[-1] + len(line))

    def of(self, node: Any) -> str:
        """Return the text of a node."""
        return self.text[slice(*self.span(node))]

    def span(self, node: Any) -> tuple[int, int]:
        """Return where a node begins and ends."""
        return self.starts[node.lineno - 1] + node.col_offset, self.starts[node.end_lineno - 1] + node.end_col_offset

    def planted(self, kind: str, node: Any, new: str) -> Planted:
        """Return the source with another text in a node's place."""
        start, end = self.span(node)
        return Planted(
            kind, node.lineno, node.end_lineno, self.text[:start] + new + self.text[end:], f"{self.of(node)} -> {new}"
        )


def mistakes(source: Text, function: Any) -> Iterator[Planted]:
    """Yield every mistake that can be planted into a function."""
    nodes = [node for statement in function.body for node in ast.walk(statement)]
    names = sorted({source.of(n) for n in nodes if _is_value(n)})
    for node in nodes:
        if isinstance(node, ast.BinOp):
            yield from _in_operation(source, node)
        elif (
            isinstance(node, ast.UnaryOp)
            and isinstance(node.op, ast.USub)
            and not isinstance(node.operand, ast.Constant)
        ):
            yield source.planted("sign", node, source.of(node.operand))
        elif isinstance(node, ast.Constant) and type(node.value) in (int, float) and node.value > 1e-3:
            if not isinstance(node.value, int) or node.value > 1:
                yield source.planted(
                    "constant", node, repr(node.value * 10 if type(node.value) is float else node.value + 1)
                )
        elif isinstance(node, ast.Call):
            yield from _in_call(source, node)
        elif isinstance(node, ast.Attribute) and node.attr == "T":
            yield source.planted("transposed", node, source.of(node.value))
        elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
            yield from _in_index(source, node)
        elif isinstance(node, ast.Compare) and isinstance(node.ops[0], (ast.Gt, ast.Lt, ast.GtE, ast.LtE)):
            sign = ">" if isinstance(node.ops[0], (ast.Lt, ast.LtE)) else "<"
            yield source.planted("comparison", node, f"{source.of(node.left)} {sign} {source.of(node.comparators[0])}")
        elif isinstance(node, ast.AugAssign) and isinstance(node.op, (ast.Add, ast.Sub)):
            yield source.planted("overwritten", node, f"{source.of(node.target)} = {source.of(node.value)}")
        elif isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple) and len(node.value.elts) > 1:
            if function is not source and all(not isinstance(n, ast.Starred) for n in node.value.elts):
                parts = [source.of(n) for n in node.value.elts]
                yield source.planted("swapped outputs", node.value, ", ".join([parts[1], parts[0], *parts[2:]]))
        elif _is_value(node) and isinstance(node.ctx, ast.Load):
            here = source.of(node)
            others = [name for name in names if name != here and ("." in name) == ("." in here)]
            for other in others[:3]:
                yield source.planted("name", node, other)


def _is_value(node: Any) -> bool:
    if isinstance(node, ast.Name):
        return node.id not in ("np", "self", "ctx", "range", "len", "numpy", "math", "F", "torch")
    return isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self"


def _in_operation(source: Text, node: ast.BinOp) -> Iterator[Planted]:
    left, right = source.of(node.left), source.of(node.right)
    if isinstance(node.op, (ast.Add, ast.Sub)):
        yield source.planted("sign", node, f"({left}{OPPOSITE[type(node.op)]}{right})")
        yield source.planted("missing term", node, left)
        if isinstance(node.op, ast.Add):
            yield source.planted("missing term", node, right)
    if isinstance(node.op, (ast.Mult, ast.Div)):
        yield source.planted("operator", node, f"({left}{OPPOSITE[type(node.op)]}{right})")
        yield source.planted("factor", node, left)
        if isinstance(node.op, ast.Mult):
            yield source.planted("factor", node, right)
    if isinstance(node.op, ast.Pow):
        yield source.planted("power", node, left)
    if isinstance(node.op, ast.MatMult):
        yield source.planted("order", node, f"({right} @ {left})")


def _in_call(source: Text, node: ast.Call) -> Iterator[Planted]:
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    is_numpy = isinstance(node.func, ast.Attribute) and source.of(node.func.value) in ("np", "numpy")
    for keyword in node.keywords:
        if keyword.arg == "axis":
            old = source.of(keyword.value)
            for other in ("0", "1", "-1") if old.lstrip("-").isdigit() else ("0", "(0, 1)", "(0, 2, 3)"):
                if other != old:
                    yield source.planted("axis", keyword.value, other)
    if name in REDUCTIONS and isinstance(node.func, ast.Attribute):
        whole = source.of(node)
        head = source.of(node.func)
        yield source.planted("mean for sum", node, head[: -len(name)] + REDUCTIONS[name] + whole[len(head) :])
        first = source.of(node.args[0]) if is_numpy and node.args else source.of(node.func.value)
        yield source.planted("missing sum", node, first)
    if name == "sqrt" and node.args and isinstance(node.args[0], ast.BinOp) and isinstance(node.args[0].op, ast.Add):
        one, two = source.of(node.args[0].left), source.of(node.args[0].right)
        yield source.planted("eps place", node, f"({source.of(node.func)}({one}) + {two})")
    if name in ("sqrt", "exp", "tanh", "square", "abs") and is_numpy and node.args:
        yield source.planted("missing call", node, f"({source.of(node.args[0])})")
    if name in ("dot", "outer", "matmul", "where", "einsum") and is_numpy and len(node.args) > 1:
        parts = [source.of(one) for one in node.args]
        parts[-2:] = parts[:-3:-1]
        yield source.planted("order", node, f"{source.of(node.func)}({', '.join(parts)})")


def _in_index(source: Text, node: ast.Subscript) -> Iterator[Planted]:
    index, base = node.slice, source.of(node.value)
    if isinstance(index, ast.Name):
        yield source.planted("off by one", node, f"{base}[{index.id} - 1]")
    elif isinstance(index, ast.BinOp) and isinstance(index.right, ast.Constant) and isinstance(index.left, ast.Name):
        yield source.planted("off by one", node, f"{base}[{index.left.id}]")
    elif isinstance(index, ast.Constant) and base.endswith(".shape"):
        yield source.planted("off by one", node, f"{base}[{1 - index.value if index.value in (0, 1) else 0}]")


class Base(NamedTuple):
    """A right unit of a file."""

    path: Path
    unit: Unit


def right_units(workers: Workers) -> list[Base]:
    """Return the right units of the sets, in files of Python."""
    names: dict[Path, set[str]] = {}
    for path in sorted((SETS / "units").glob("*.py")):
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith("# unit:") and line.endswith("correct"):
                names.setdefault(path, set()).add(line.removeprefix("# unit:").split("|")[0].strip())
    for one in tomllib.loads((SETS / "blind4" / "truth.toml").read_text(encoding="utf-8"))["unit"]:
        if one["verdict"] == "correct" and one["file"].endswith(".py"):
            names.setdefault(SETS / "blind4" / one["file"], set()).add(one["name"])
    found = []
    for path, wanted in names.items():
        units = find_units(path.read_text(encoding="utf-8"), workers)
        found += [Base(path, unit) for unit in units if unit.name in wanted and unit.style not in ("rule", "optimiser")]
    return found


def all_planted(base: Base) -> list[tuple[str, Planted]]:
    """Return the mistakes of a unit, with the side that each is in."""
    source = Text(base.path.read_text(encoding="utf-8"))
    functions = {n.lineno: n for n in ast.walk(source.tree) if isinstance(n, ast.FunctionDef)}
    found = []
    for side, one in (("forward", base.unit.forward), ("backward", base.unit.backward)):
        if one is not None and one.line in functions:
            found += [(side, planted) for planted in mistakes(source, functions[one.line])]
    return found


def chosen(bases: Sequence[Base], seed: int, count: int, kind: str) -> list[tuple[Base, str, Planted]]:
    """Return mistakes drawn at random: two thirds in backwards, all kinds about equally often, units in turn."""
    draw = random.Random(seed)
    pool = [(base, side, one) for base in bases for side, one in all_planted(base) if kind in ("", one.kind)]
    draw.shuffle(pool)
    found: list[tuple[Base, str, Planted]] = []
    kinds, units = Counter[str](), Counter[str]()
    while pool and len(found) < count:
        wanted = "forward" if len(found) % 3 == 2 else "backward"
        pick = min(pool, key=lambda one: (one[1] != wanted, kinds[one[2].kind], units[one[0].unit.name]))
        pool.remove(pick)
        kinds[pick[2].kind] += 1
        units[pick[0].unit.name] += 1
        found.append(pick)
    return found


def judged(base: Base, planted: Planted, workers: Workers) -> tuple[str, Sequence[FunctionReport]]:
    """Check a unit with a mistake; return one of crash, right, found, named, line."""
    try:
        ast.parse(planted.text)
    except SyntaxError:
        return "crash", ()
    units = [unit for unit in find_units(planted.text, workers) if unit.name == base.unit.name]
    name = base.path.name
    reports, _, _ = check_units(units, Source({name: planted.text}, base.path.stem), planted.text, workers)
    bad = [one for one in reports if one.is_bad]
    if not bad:
        return ("right" if any(one.total for one in reports) else "crash"), reports
    causes = [cause for one in bad for cause in one.causes]
    text = " ".join(f"{cause.title} {cause.explanation}" for cause in causes)
    is_at_line = any(planted.line <= cause.line <= planted.last for cause in causes)
    is_named = "it is correct" in text or re.search(WORDS.get(planted.kind, "$^"), text) is not None
    return "line" if is_named and is_at_line else "named" if is_named else "found", reports


def main() -> None:
    """Print a line a mistake that is not named at its line, and the rates of each kind."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=60)
    parser.add_argument("--kind", default="")
    parser.add_argument("--show", action="store_true", help="show every mistake, not only those that are not named")
    parser.add_argument("--part", default="0/1", help="which part of how many: 0/2")
    chosen_options = parser.parse_args()
    part, parts = map(int, chosen_options.part.split("/"))
    table: dict[str, Counter[str]] = {}
    with Workers(Limits(allow_weak_sandbox=True)) as workers:
        picks = chosen(right_units(workers), chosen_options.seed, chosen_options.count, chosen_options.kind)
        for base, side, planted in picks[part::parts]:
            start = time.monotonic()
            result, reports = judged(base, planted, workers)
            for row in (planted.kind, side, "all"):
                table.setdefault(row, Counter())[result] += 1
            if result in ("found", "named", "right") or chosen_options.show:
                place = f"{base.path.name}:{planted.line} {base.unit.name} {side}"
                print(f"{result:6} {time.monotonic() - start:5.1f} s  {planted.kind}: {planted.change}  ({place})")
                for one in reports:
                    for cause in one.causes if one.is_bad else ():
                        print(f"         {one.name}: {cause.line}: {cause.title} | {cause.explanation}")
                        print(*(f"           {row}" for row in cause.fix[1:]), sep="\n")
            print(end="", flush=True)
    print_table(table)


def print_table(table: dict[str, Counter[str]]) -> None:
    """Print how many of the mistakes that show were found, named and at the right line."""
    print(f"{'':16} planted  do not run  judged right  found  named  at the line")
    for row, counts in sorted(table.items(), key=lambda one: (one[0] in ("forward", "backward", "all"), one[0])):
        found, named = counts["found"] + counts["named"] + counts["line"], counts["named"] + counts["line"]
        numbers = (sum(counts.values()), counts["crash"], counts["right"], found, named, counts["line"])
        print(
            f"{row:16} "
            + "  ".join(f"{one:{width}}" for one, width in zip(numbers, (7, 10, 12, 5, 5, 11), strict=True))
        )


if __name__ == "__main__":
    main()
