"""The pack's layers as a submission gets them: without the function that is judged, and without whatever contains it.

A function that finds itself among the layers would be judged by its reference's answers. So what is loaded beside a submission, or
lent to it, has no such function: not the judged one, not its other forms and names, and none that calls it by a name.
"""

import functools
import re
import symtable
from collections.abc import Iterator

from pellucid.checker.running.job import Lent

__all__ = ["containing", "lent_source"]

BEGINS = re.compile(r"(?!(?:else|elif|except|finally)\b)[^\W\d]|@")  # a statement at the top
DEFINITIONS = ("@", "def ", "class ", "async def ", "import ", "from ")


@functools.lru_cache(maxsize=64)
def lent_source(text: str, judged: frozenset[str] = frozenset()) -> Lent:
    """Return a source of the pack's by the names that may be called; judged: every name of the function being judged."""
    without = containing(text, judged)
    text = _cut(text, without)
    return Lent(text, sorted(name for name in _defined(text) - without if not name.startswith("_")))


@functools.lru_cache(maxsize=64)
def containing(text: str, judged: frozenset[str]) -> frozenset[str]:
    """Return the functions of a source that are the judged one, a form or another name of it, or that call such a function."""
    uses: dict[str, set[str]] = {}
    defined = [({scope.get_name()} & _defined(text), _used(scope)) for scope in _scopes(text)]  # without lambdas
    for names, used in [*defined, *((names, used) for names, used, _ in _assignments(text))]:
        uses |= {name: uses.get(name, set()) | used for name in names}
    found = {name for name in uses if name.split("__")[0] in judged}
    while more := {name for name, used in uses.items() if used & found} - found:
        found |= more
    return frozenset(found)


def _cut(text: str, names: frozenset[str]) -> str:
    """Return a source without some functions of its top level: from the decorators to the next line that begins a statement."""
    lines = text.splitlines(keepends=True)
    for scope in _scopes(text):
        if scope.get_name() in names:
            first = last = scope.get_lineno() - 1
            while first and lines[first - 1].startswith("@"):
                first -= 1
            last += 1
            while last < len(lines) and (not lines[last].strip() or lines[last][0] in " \t#)]}"):
                last += 1
            lines[first:last] = ["\n"] * (last - first)
    for bound, _, place in _assignments(text):
        if bound & names:
            lines[place] = ["\n"] * (place.stop - place.start)
    cut = "".join(lines)
    return cut if _needs_none_of(names, cut) else text


def _needs_none_of(names: frozenset[str], text: str) -> bool:
    """Whether a source that was cut can be run: a line inside a text may have looked like the next statement."""
    try:
        symbols = symtable.symtable(text, "<pack>", "exec").get_symbols()
    except SyntaxError:
        return False
    return not names & {symbol.get_name() for symbol in symbols}


def _scopes(text: str) -> Iterator[symtable.SymbolTable]:
    """Yield the functions and classes at the top of a source.

    Without a syntax tree: this runs in threads, and where two of them make one at once, Python 3.11 may raise a SystemError.
    """
    yield from symtable.symtable(text, "<pack>", "exec").get_children()


def _assignments(text: str) -> Iterator[tuple[set[str], set[str], slice]]:
    """Yield the assignments at the top of a source: the names that get a value, those that the value needs, and the lines.

    So other names of a function are found, however they are made: `g = f`, `g: Any = f`, `g = partial(f)`, `g = lambda x: f(x)`.
    """
    lines = text.splitlines(keepends=True)
    starts = [number for number, line in enumerate(lines) if BEGINS.match(line)]
    for start, stop in zip(starts, [*starts[1:], len(lines)], strict=True):
        if lines[start].startswith(DEFINITIONS):
            continue
        try:
            table = symtable.symtable("".join(lines[start:stop]), "<pack>", "exec")
        except SyntaxError:  # it begins inside a text
            continue
        bound = {symbol.get_name() for symbol in table.get_symbols() if symbol.is_assigned()}
        used = {symbol.get_name() for symbol in table.get_symbols() if symbol.is_referenced()}
        yield bound, used.union(*(_used(inner) for inner in table.get_children())), slice(start, stop)


def _used(scope: symtable.SymbolTable) -> set[str]:
    """Return the names of the module that a function uses, also in functions inside it."""
    used = {symbol.get_name() for symbol in scope.get_symbols() if symbol.is_global()}
    return used.union(*(_used(inner) for inner in scope.get_children()))


def _defined(text: str) -> set[str]:
    """Return the names that a source of the pack's defines at its top level."""
    symbols = symtable.symtable(text, "<pack>", "exec").get_symbols()
    return {symbol.get_name() for symbol in symbols if symbol.is_assigned() and not symbol.is_imported()}
