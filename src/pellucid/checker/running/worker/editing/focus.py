"""Which parts of a function may hold a mistake: what the wrong results come from, and the right ones do not.

Names are followed without their order: a part belongs to a result if it sets a name that the result, or another such part, uses.
"""

import ast
from collections.abc import Collection, Iterator, Sequence
from typing import Any, NamedTuple

__all__ = ["Focus", "Path"]

Path = Sequence[Any]  # of a result: ("back", 0), ("unit", "grads", "W")
RETURNED = "return"
IN_ALL, IN_SOME, IN_RIGHT, ELSEWHERE = 0, 1, 3, 6  # how unlikely a part is to hold the mistake


class _Part(NamedTuple):
    """A statement, or one of several values that it sets."""

    node: Any
    sets: frozenset[str]
    uses: frozenset[str]


class Focus:
    """How unlikely the parts of a function are to hold a mistake."""

    def __init__(self, function: Any, wrong: Collection[Path], right: Collection[Path]) -> None:
        self._parts = list(_parts(function.body))
        slices = [one for one in map(self._slice, wrong) if one]
        others = [one for one in map(self._slice, right) if one]
        self.is_known = bool(slices)
        self._ranks: dict[int, int] = {}
        for number, part in enumerate(self._parts):
            count = sum(number in one for one in slices)
            rank = IN_ALL if count == len(slices) else IN_SOME if count else ELSEWHERE
            if count and any(number in one for one in others):
                rank = IN_RIGHT
            for node in ast.walk(part.node):
                self._ranks[id(node)] = min(rank, self._ranks.get(id(node), rank))
        for statement in ast.walk(function):
            if isinstance(statement, ast.stmt) and statement is not function:
                inner = [self._ranks[id(node)] for node in ast.walk(statement) if id(node) in self._ranks]
                self._ranks[id(statement)] = min(inner, default=ELSEWHERE)
                if isinstance(statement, (ast.For, ast.While, ast.If)):  # what decides whether, and how often, it runs
                    header = statement.iter if isinstance(statement, ast.For) else statement.test
                    for node in ast.walk(header):
                        self._ranks[id(node)] = self._ranks[id(statement)]

    def rank(self, node: Any) -> int:
        """Return how unlikely a node is to hold the mistake; 0 where nothing is known."""
        return self._ranks.get(id(node), ELSEWHERE) if self.is_known else IN_ALL

    def _slice(self, path: Path) -> set[int]:
        """Return the numbers of the parts that a result comes from."""
        found = {number for number, part in enumerate(self._parts) if any(_is_at(name, path) for name in part.sets)}
        while True:
            used = {name for number in found for name in self._parts[number].uses}
            more = {n for n, part in enumerate(self._parts) if n not in found and not used.isdisjoint(part.sets)}
            if not more:
                return found
            found |= more


def _is_at(name: str, path: Path) -> bool:
    """Whether a name that a part sets is that of a result."""
    texts = [part for part in path[1:] if isinstance(part, str)]
    if path[0] in ("back", "result"):
        place = next((part for part in path[1:] if isinstance(part, int)), None)
        if name == RETURNED or (place is not None and name == f"{RETURNED} {place}"):
            return not texts or name != RETURNED
        if not texts and place is None:
            return name.startswith(RETURNED)
    return bool(texts) and name.endswith((f"['{texts[-1]}']", f".{texts[-1]}"))


def _parts(statements: Sequence[Any]) -> Iterator[_Part]:
    for one in statements:
        if isinstance(one, ast.Return) and one.value is not None:
            yield from _of_return(one.value)
        elif isinstance(one, ast.Assign):
            yield from _of_assignment(one)
        elif isinstance(one, ast.AugAssign):
            yield _Part(one, _set_by(one.target), _used_in(one.value) | _used_in(one.target) | _set_by(one.target))
        elif isinstance(one, ast.AnnAssign) and one.value is not None:
            yield _Part(one, _set_by(one.target), _used_in(one.value))
        elif isinstance(one, ast.Expr) and isinstance(one.value, ast.Call):  # np.add.at(dx, ids, d), rows.append(d)
            call = one.value
            owner = [call.func.value] if isinstance(call.func, ast.Attribute) else []
            written = frozenset(name for node in (*owner, *call.args[:1]) for name in _set_by(node))
            yield _Part(one, written, _used_in(call))
        elif isinstance(one, ast.For):
            yield _Part(one.target, _set_by(one.target), _used_in(one.iter))
        elif isinstance(one, (ast.FunctionDef, ast.ClassDef)):
            yield _Part(one, frozenset((one.name,)), _used_in(one))
        for field in ("body", "orelse", "finalbody"):
            if not isinstance(one, (ast.FunctionDef, ast.ClassDef)):
                yield from _parts(getattr(one, field, ()))


def _of_return(value: Any) -> Iterator[_Part]:
    if isinstance(value, ast.Tuple) and not any(isinstance(one, ast.Starred) for one in value.elts):
        for place, one in enumerate(value.elts):
            yield _Part(one, frozenset((f"{RETURNED} {place}",)), _used_in(one))
    elif isinstance(value, ast.Dict):
        for key, one in zip(value.keys, value.values, strict=True):
            name = f"['{key.value!s}']" if isinstance(key, ast.Constant) else RETURNED
            yield _Part(one, frozenset((f"{RETURNED}{name}",)), _used_in(one))
    else:
        yield _Part(value, frozenset((RETURNED,)), _used_in(value))


def _of_assignment(node: ast.Assign) -> Iterator[_Part]:
    target, value = node.targets[0], node.value
    is_split = isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) and len(target.elts) == len(value.elts)
    if len(node.targets) == 1 and is_split:
        for one, its in zip(target.elts, value.elts, strict=True):  # type: ignore[attr-defined]
            yield _Part(its, _set_by(one), _used_in(its))
        return
    if isinstance(target, ast.Name) and isinstance(value, ast.Dict):
        for key, its in zip(value.keys, value.values, strict=True):
            name = f"{target.id}['{key.value!s}']" if isinstance(key, ast.Constant) else target.id
            yield _Part(its, frozenset((name,)), _used_in(its))
    indices = (its.slice for one in node.targets for its in ast.walk(one) if isinstance(its, ast.Subscript))
    uses = _used_in(value).union(*map(_used_in, indices))
    yield _Part(node, frozenset(name for one in node.targets for name in _set_by(one)), uses)


def _set_by(target: Any) -> frozenset[str]:
    """Return the names that a target sets: `x`, `self.x`, `grads['W']`, the base of any other index."""
    if isinstance(target, (ast.Tuple, ast.List)):
        return frozenset(name for one in target.elts for name in _set_by(one))
    if isinstance(target, ast.Starred):
        return _set_by(target.value)
    if isinstance(target, ast.Subscript):
        index = target.slice
        if isinstance(index, ast.Constant) and isinstance(index.value, str):
            return frozenset(f"{base}['{index.value}']" for base in _set_by(target.value))
        return _set_by(target.value)
    if isinstance(target, ast.Attribute):
        return frozenset((ast.unparse(target),))
    return frozenset((target.id,)) if isinstance(target, ast.Name) else frozenset()


def _used_in(node: Any) -> frozenset[str]:
    """Return the names that an expression uses."""
    found = set()
    for one in ast.walk(node):
        if isinstance(one, (ast.Name, ast.Attribute)):
            found.add(ast.unparse(one))
        elif isinstance(one, ast.Subscript):
            found |= _set_by(one)
    return frozenset(found)
