"""What users of other libraries write, and the form here: one line for a keyword or an attribute that does not exist.

The names that a class or a module is asked for stand beside it, in a table `HABITS`: the name, and what to write instead.
"""

import functools
import inspect
from collections.abc import Callable, Collection, Iterable, Mapping
from types import MappingProxyType
from typing import Any, ClassVar, ParamSpec, Self, TypeVar

from pellucid.shapes import did_you_mean, meant

__all__ = ["Habits", "KnownKeywords", "attribute_error", "check_keywords", "hint", "known_keywords"]

Given = ParamSpec("Given")
Answer = TypeVar("Answer")

Habits = Mapping[str, str]
NONE: Habits = MappingProxyType({})
TAKES_ANY_NUMBER, TAKES_ANY = 0x04, 0x08  # flags of a code object: it has *values, **keywords


def hint(name: str, known: Collection[str], habits: Habits = NONE, *, listed: str = "") -> str:
    """Return what to write instead of a name that does not exist: of a habit its form here, else the nearest name, else the list.

    >>> hint("lr", ["rate"], {"lr": "write rate=..."}), hint("rat", ["rate"]), hint("x", ["rate"], listed="it has")
    ('; write rate=...', "; did you mean 'rate'?", '; it has rate')
    """
    habit = meant(name, habits)
    if habit is not None:
        return f"; {habits[habit]}"
    return did_you_mean(name, known) or (f"; {listed} {', '.join(known)}" if listed else "")


def check_keywords(who: str, given: Iterable[str], known: Collection[str], habits: Habits = NONE) -> None:
    """Raise TypeError, with what to write instead, for the first keyword that is not known."""
    for name in given:
        if name not in known:
            listed = "its keywords are" if known else "it has none"
            raise TypeError(f"{who} has no keyword {name!r}{hint(name, known, habits, listed=listed)}")


def known_keywords(who: str, habits: Habits = NONE) -> Callable[[Callable[Given, Answer]], Callable[Given, Answer]]:
    """Return a decorator of a method or a function, which answers a keyword that it lacks with what to write instead."""

    def decorated(method: Callable[Given, Answer]) -> Callable[Given, Answer]:
        known = [name for name in inspect.signature(method).parameters if name != "self"]

        @functools.wraps(method)
        def checked(*values: Given.args, **keywords: Given.kwargs) -> Answer:
            if keywords:
                check_keywords(who, keywords, known, habits)
            return method(*values, **keywords)

        return checked

    return decorated


def attribute_error(who: str, name: str, known: Iterable[str], habits: Habits = NONE) -> AttributeError:
    """Return the error for an attribute that does not exist: with what to write instead, unless its name is private.

    who: the name of a class, or "module 'pellucid.nets'".
    """
    if name.startswith("_"):
        return AttributeError(f"{who} has no attribute {name!r}")
    public = sorted(each for each in known if not each.startswith("_"))
    return AttributeError(f"{who} has no attribute {name!r}{hint(name, public, habits)}")


class _OfInit:
    """The signature of a class is that of its `__init__`, also where this Python prefers `__new__` (before 3.11.5)."""

    def __get__(self, instance: object, owner: type) -> inspect.Signature:
        if instance is not None:
            raise AttributeError("__signature__")
        whole = inspect.signature(owner.__init__)  # type: ignore[misc]
        return whole.replace(parameters=list(whole.parameters.values())[1:])


class KnownKeywords:
    """A class that answers a keyword it does not have with what to write instead."""

    _habits: ClassVar[Habits] = NONE  # keywords of other libraries
    _hint_at_values: ClassVar[str] = ""  # to somebody who gives too many
    __signature__ = _OfInit()

    def __new__(cls, *values: Any, **keywords: Any) -> Self:
        """Make an instance. Raises TypeError for an unknown keyword."""
        code = getattr(cls.__init__, "__code__", None)
        if code is not None and not code.co_flags & TAKES_ANY_NUMBER and len(values) >= code.co_argcount:
            names = ", ".join(code.co_varnames[1 : code.co_argcount])
            raise TypeError(f"{cls.__name__} takes ({names}); got {len(values)} values{cls._hint_at_values}")
        if (values or keywords) and code is not None and not code.co_flags & (TAKES_ANY_NUMBER | TAKES_ANY):
            needed = code.co_varnames[1 : code.co_argcount - len(cls.__init__.__defaults__ or ())]
            missing = [name for name in needed[len(values) :] if name not in keywords]
            if missing and all(name in code.co_varnames for name in keywords):
                names = ", ".join(code.co_varnames[1 : code.co_argcount])
                raise TypeError(f"{cls.__name__} takes ({names}); {' and '.join(missing)} must be given")
        if keywords and code is not None and not code.co_flags & TAKES_ANY:
            known = code.co_varnames[1 : code.co_argcount + code.co_kwonlyargcount]
            check_keywords(cls.__name__, keywords, known, cls._habits)
        return super().__new__(cls)
