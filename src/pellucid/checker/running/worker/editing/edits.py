"""The edits of a function, the likely ones first, and the line that sets a value.

An edit is [sentence, rank, line, [[start, end, new text], ...], [start, end]]: start and end are characters of the source;
several places are one kind of mistake, made in all of them; the last is what a report quotes, around the first of them. rank:
how little such a change says, 0 of a formula, 1 of a number, 2 of a name.
"""

import ast
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from . import parts, terms
from .expressions import changes_of_expressions
from .focus import Focus
from .source import SourceText, TextChange
from .statements import changes_of_names, changes_of_statements

__all__ = ["edits_of", "line_that_sets"]

MOST, LONGEST = 6000, 400  # edits of one function, characters of one
Pass = Callable[[SourceText, Any], Iterator[TextChange]]
# Likely ones first; each with how unlikely it is, to be added to how unlikely the place is.
PASSES: tuple[tuple[int, Pass], ...] = (
    (0, changes_of_expressions),
    (0, changes_of_statements),
    (0, terms.squared),
    (0, terms.raised),
    (0, terms.kept),
    (0, terms.recomputed),
    (1, parts.signs),
    (1, parts.indices),
    (1, parts.orders),
    (1, parts.digits),
    (1, parts.axes),
    (2, parts.powers),
    (2, terms.whole),
    (2, changes_of_names),
    (3, terms.factors),
    (3, parts.wrapped),
    (3, parts.sums),
    (4, parts.times),
    (5, terms.products),
    (5, terms.centered),
    (4, parts.terms),
    (8, parts.twice_times),
)
LIKE: dict[str, tuple[Pass, ...]] = {  # what fits a mistake whose kind is known: it comes with the first
    "paths": (terms.centered,),
    "factor": (terms.factors,),
    "size": (terms.whole,),
    "names": (changes_of_names,),
}
RANKS = {"constant": 1, "name": 2}
RETURNED = 1  # how unlikely a name that is returned is to hold the mistake: the line that sets it says more


def edits_of(
    text: str,
    names: Sequence[str],
    first: int = 0,
    closed: Sequence[str] = (),
    like: str = "",
    wrong: Sequence[Sequence[Any]] = (),
    right: Sequence[Sequence[Any]] = (),
) -> dict[str, Any]:
    """Return {"spans", "edits"}: where what has these names stands in a source, with what it calls, and the edits.

    first: the line of the function that is changed; 0 for that of the first name. closed: functions that are not looked into.
    like: the kind of edit to begin with. wrong, right: paths of results, which say where the mistake may be.
    """
    try:
        source = SourceText(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {"spans": [], "edits": []}
    function = source.function(first, names[0])
    if not hasattr(function, "args"):
        return {"spans": [], "edits": []}
    functions = [function, *(one for one in source.called(function) if one.name not in closed)]
    tops = [one for one in map(source.top, names) if one is not None]
    tops += [one for one in functions if one in source.tree.body and one not in tops]
    found = _ordered(source, functions, Focus(function, wrong, right), LIKE.get(like, ()))
    return {"spans": [source.whole(one) for one in tops], "edits": found}


def _ordered(source: SourceText, functions: Sequence[Any], focus: Focus, like: Sequence[Pass]) -> list[Any]:
    """Return the edits of a function and of those that it calls, each once, the likely ones first."""
    found: list[tuple[int, Sequence[TextChange]]] = []
    for rank, pass_ in PASSES:
        base = 0 if pass_ in like else rank
        for one in functions:  # what is likely in one of them comes before what is not in another
            place = 0 if one is functions[0] else _rank_of_calls(focus, functions[0], one.name)
            for changes in _together(source, list(pass_(source, one))):
                where = max(focus.rank(change.node) for change in changes) if one is functions[0] else place
                where += RETURNED if source.is_returned(changes[0].node) else 0
                found.append((base + where, changes))
    edits: dict[str, list[Any]] = {}
    for _, changes in sorted(found, key=lambda one: one[0]):
        edit = _edit(source, changes)
        edits.setdefault(repr(edit[3]), edit)
        if len(edits) == MOST:
            break
    return list(edits.values())


def _rank_of_calls(focus: Focus, function: Any, name: str) -> int:
    """Return how unlikely a helper is to hold the mistake: as its calls are."""
    calls = [node for node in ast.walk(function) if isinstance(node, ast.Call) and name in ast.unparse(node.func)]
    return min(map(focus.rank, calls), default=0)


def _together(source: SourceText, changes: Sequence[TextChange]) -> Iterator[Sequence[TextChange]]:
    """Yield each change alone, then those of one kind together."""
    changes = [one for one in changes if len(one.new) <= LONGEST and source.plain(one.node) != one.new]
    groups: dict[str, list[TextChange]] = {}
    for one in changes:
        yield [one]
        for key in (one.key, f"{one.key} in line {one.node.lineno}") if one.key else ():
            groups.setdefault(key, []).append(one)
    for group in groups.values():
        if len(group) > 1 and not _overlap(source, group):
            yield group


def _edit(source: SourceText, changes: Sequence[TextChange]) -> list[Any]:
    count = len(changes)
    sentence = changes[0].sentence + (f", and so in {count} places" if count > 1 else "")
    rank = RANKS.get(changes[0].key.partition(" ")[0], 0) or int(source.is_returned(changes[0].node))
    line = min(one.node.lineno for one in changes)
    places = [[*source.span(one.node), _bare(source, one)] for one in changes]
    return [sentence, rank, line, places, list(_shown(source, changes[0].node))]


def _shown(source: SourceText, node: Any) -> tuple[int, int]:
    return source.span(node) if isinstance(node, ast.stmt) else source.shown(node)


def _bare(source: SourceText, change: TextChange) -> str:
    """Return what is new, without parentheses of its own where it already stands alone in a pair of brackets."""
    (start, end), new = source.span(change.node), change.new
    if source.text[start - 1 : start] + source.text[end : end + 1] not in ("()", "[]") or new[:1] + new[-1:] != "()":
        return new
    try:
        outer, inner = (ast.parse(one, mode="eval").body for one in (new, new[1:-1].strip()))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return new
    is_tuple = isinstance(inner, ast.Tuple)  # f((a, b)) is not f(a, b)
    return new if is_tuple or ast.dump(outer) != ast.dump(inner) else new[1:-1].strip()


def _overlap(source: SourceText, changes: Iterable[TextChange]) -> bool:
    spans = sorted(source.span(one.node) for one in changes)
    return any(one[1] > two[0] for one, two in itertools.pairwise(spans))


def line_that_sets(text: str, first: int, name: str, place: int) -> int:
    """Return the last line of a function that sets a name, an attribute or an item; for "", what is returned at a place; or 0."""
    try:
        function = SourceText(text).function(first, "")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return 0
    if function is None:
        return 0
    statements = [n for n in ast.walk(function) if isinstance(n, (ast.Assign, ast.AugAssign, ast.Return))]
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
