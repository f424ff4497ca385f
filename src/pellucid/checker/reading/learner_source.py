"""The learner's source as plain records: which functions it defines, which are stubs, and on which line a mistake most likely is.

A worker makes the records (`running/worker/outline.py`): nothing here parses what a learner wrote.
"""

import difflib
import functools
import re
from collections.abc import Sequence
from typing import Annotated

import msgspec
from msgspec import Meta

__all__ = ["Defined", "LearnerSource", "Statement", "names_in"]

ONLY_CONVERTS = re.compile(
    r"(\w+)\s*=\s*(?:(?:np\.)?(?:squeeze|float|array|asarray)\()+\1\)+"
)  # `cost = float(np.squeeze(cost))`
LIKELY = 0.6  # below this similarity a line is not named
MOST_COMPARED = 20_000  # tokens of one function
TOKEN = re.compile(r"\d+(?:\.\d*)?(?:[eE][-+]?\d+)?|\w+|\*\*|//|[-+*/%@&|^<>=!]=|[^\w\s]")
Name = Annotated[str, Meta(max_length=1_000)]
Names = Annotated[list[Name], Meta(max_length=20_000)]
Text = Annotated[str, Meta(max_length=20_000)]


class Statement(msgspec.Struct, frozen=True, array_like=True):
    """An assignment or a return."""

    line: Annotated[int, Meta(ge=1, le=100_000_000)]
    text: Annotated[str, Meta(max_length=1_000)]
    is_return: bool


class Defined(msgspec.Struct, frozen=True):
    """A function or a class that a source defines at the top, or a class's method; of an invalid source, its name alone."""

    name: Name
    docstring: Text = ""
    is_stub: bool = False  # it computes nothing: only pass, None, unpacking, or NotImplementedError
    has_gap: bool = False  # a marked place for code is still empty, or holds a placeholder `x = None`
    is_unwritten: bool = False  # every marked place is
    arguments: Names = []  # without *args and **keywords
    filled: Names = []  # attributes into which its code puts items, even if it never gets there
    shared_defaults: Annotated[list[Text], Meta(max_length=100)] = []  # "x=[]": one object for all calls
    statements: Annotated[list[Statement], Meta(max_length=5_000)] = []


class LearnerSource(msgspec.Struct, frozen=True, dict=True):
    """A file as text and as what it says of itself."""

    text: str = ""  # as Python 3
    defined: Annotated[list[Defined], Meta(max_length=20_000)] = []
    assigned: Names = []  # names bound by plain assignment at the top: `f_alt = f`
    imported: Names = []  # names bound by imports at the top; "*" where one binds all names of a module
    old_names: Names = []  # names that Python 3 or NumPy 2 removed and that it uses
    problem: Text = ""  # why nothing could be read
    has_filled: bool = False  # empty places are filled with `pass`, without which it could not be parsed
    invalid: Text = ""  # why the text is no source: its names are guessed

    def names(self) -> list[str]:
        """Return the functions and classes defined at the top, in order."""
        return [one.name for one in self.defined if "." not in one.name]

    def methods(self) -> list[str]:
        """Return the methods of its classes, as "Class.method"."""
        return [one.name for one in self.defined if "." in one.name]

    def may_have(self, name: str) -> bool:
        """Say whether a name may be one of the module's: defined, assigned, or imported, if only with a star."""
        bound = {*(one.name for one in self.defined), *self.assigned, *self.imported}
        return bool(self.invalid or bound & {name, "*"})

    def docstring(self, name: str) -> str:
        """Return a function's docstring."""
        return self._of(name).docstring

    @property
    def docstrings(self) -> dict[str, str]:
        """Return the docstring of each function."""
        return {one.name: one.docstring for one in self.defined}

    @property
    def arguments(self) -> dict[str, list[str]]:
        """Return the names of each function's arguments."""
        return {one.name: one.arguments for one in self.defined}

    @functools.cached_property
    def assignments(self) -> dict[str, str]:
        """Return each function's assignments and returns as text."""
        return {one.name: "\n".join(statement.text for statement in one.statements) for one in self.defined}

    def line(self, number: int) -> str:
        """Return a line without its indentation."""
        lines = self.text.splitlines()
        return lines[number - 1].strip() if 0 < number <= len(lines) else ""

    def is_stub(self, name: str) -> bool:
        """Say whether a function computes nothing."""
        return self._of(name).is_stub

    def has_gap(self, name: str) -> bool:
        """Say whether a place for code in a function is still empty."""
        return self._of(name).has_gap

    def calls_of(self, name: str) -> set[str]:
        """Return the functions of the same source that a function's statements name, and those that these name."""
        found: set[str] = set()
        waiting = {name}
        while waiting:
            words = set(re.findall(r"\w+", self.assignments.get(waiting.pop(), "")))
            new = words & self.assignments.keys() - found - {name}
            found |= new
            waiting |= new
        return found

    def is_unwritten(self, name: str) -> bool:
        """Say whether every place for code in a function is still empty."""
        return self._of(name).is_unwritten

    def fills(self, name: str, attribute: str) -> bool:
        """Say whether a class's code puts items into one of its attributes."""
        return attribute in self._of(name).filled

    def shared_defaults(self, name: str) -> list[str]:
        """Return the arguments of a function whose default is one object for all calls: a list, a dictionary, an array."""
        return self._of(name).shared_defaults

    def likely_line(self, name: str, wrong: str, outputs: str) -> int:
        """Return the number of the line that looks most like a mistaken line; 0 if nothing points to one.

        Where no line looks like it: the last line that sets the output, then the return if there is only one.
        """
        statements = [one for one in self._of(name).statements if not ONLY_CONVERTS.fullmatch(one.text)]
        likely = _most_similar(statements, _tokens(wrong.splitlines()[0] if wrong else ""))
        sets = [re.compile(rf"(\w+\[[\"'])?{re.escape(output)}\b.*=") for output in outputs.split(", ")]
        last = max((s.line for s in statements if any(pattern.match(s.text) for pattern in sets)), default=0)
        returns = [statement.line for statement in statements if statement.is_return]
        return likely or last or (returns[0] if len(returns) == 1 else 0)

    def _of(self, name: str) -> Defined:
        return next((one for one in self.defined if one.name == name), Defined(name))


def names_in(text: str) -> list[str]:
    """Return what a source seems to define at the top, without parsing it."""
    return re.findall(r"^(?:def|class)[ \t]+(\w+)", text, re.MULTILINE)


def _most_similar(statements: Sequence[Statement], mistaken: Sequence[str]) -> int:
    """Return the line of the statement that is most like some tokens, 0 if none is like them."""
    best, likely, remaining = LIKELY, 0, MOST_COMPARED
    for statement in statements if mistaken else ():
        tokens = _tokens(statement.text)
        remaining -= len(tokens)
        if remaining < 0:
            break
        # No more can be alike than the shorter has.
        if 2 * min(len(tokens), len(mistaken)) <= best * (len(tokens) + len(mistaken)):
            continue
        score = difflib.SequenceMatcher(None, mistaken, tokens).ratio()
        if score > best:
            best, likely = score, statement.line
    return likely


def _tokens(text: str) -> list[str]:
    return TOKEN.findall(text)
