"""The edits of a function, the likely ones first, and the line that sets a value.

An edit is [sentence, rank, line, [[start, end, new text], ...]]: start and end are characters of the source; several places are
one kind of mistake, made in all of them. rank: how little such a change says, 0 of a formula, 1 of a number, 2 of a name.
"""

import ast
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from . import terms
from .expressions import changes_of_expressions
from .source import SourceText, TextChange
from .statements import changes_of_names, changes_of_statements

__all__ = ["edits_of", "line_that_sets"]

MOST, LONGEST = 1500, 400  # edits of one function, characters of one
Pass = Callable[[SourceText, Any], Iterator[TextChange]]
WRITTEN: tuple[Pass, ...] = (changes_of_expressions, changes_of_statements)
FIRST: tuple[Pass, ...] = (*WRITTEN, terms.squared, terms.raised, terms.kept, terms.recomputed)
THEN: tuple[Pass, ...] = (terms.whole, terms.factors, terms.products, changes_of_names, terms.centered)
LIKE: dict[str, tuple[Pass, ...]] = {  # what fits a mistake whose kind is known
    "paths": (terms.centered,),
    "factor": (terms.factors, terms.products),
    "size": (terms.whole,),
    "names": (changes_of_names,),
}
RANKS = {"constant": 1, "name": 2}


def edits_of(
    text: str, names: Sequence[str], first: int = 0, closed: Sequence[str] = (), like: str = ""
) -> dict[str, Any]:
    """Return {"spans", "edits"}: where what has these names stands in a source, with what it calls, and the edits.

    first: the line of the function that is changed; 0 for that of the first name. closed: functions that are not looked into.
    like: the kind of edit to begin with.
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
    found: dict[str, list[Any]] = {}
    for pass_ in _in_order(like):
        for one in functions:  # what is likely in one of them comes before what is not in another
            for edit in _edits(source, list(pass_(source, one))):
                found.setdefault(repr(edit[3]), edit)
        if len(found) >= MOST:
            break
    return {"spans": [source.whole(one) for one in tops], "edits": list(found.values())[:MOST]}


def _in_order(like: str) -> list[Pass]:
    fitting = LIKE.get(like, ())
    order = (*fitting, *FIRST, *THEN) if like == "paths" else (*FIRST, *fitting, *THEN)
    return list(dict.fromkeys(order))


def _edits(source: SourceText, changes: Sequence[TextChange]) -> Iterator[list[Any]]:
    """Yield each change as an edit, then those of one kind together."""
    changes = [one for one in changes if len(one.new) <= LONGEST and source.plain(one.node) != one.new]
    groups: dict[str, list[TextChange]] = {}
    for one in changes:
        yield _edit(source, [one], one.sentence)
        for key in (one.key, f"{one.key} in line {one.node.lineno}") if one.key else ():
            groups.setdefault(key, []).append(one)
    for group in groups.values():
        if len(group) > 1 and not _overlap(source, group):
            sentence = f"{group[0].sentence}, and so in {len(group)} places"
            yield _edit(source, group, sentence)


def _edit(source: SourceText, changes: Sequence[TextChange], sentence: str) -> list[Any]:
    rank = RANKS.get(changes[0].key.partition(" ")[0], 0)
    line = min(one.node.lineno for one in changes)
    return [sentence, rank, line, [[*source.span(one.node), _bare(source, one)] for one in changes]]


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
