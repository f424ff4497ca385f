"""The pack's layers, called from a worker that does not hold them: both sides of it.

    borrower    runs the learner's code. A lent function sends its arguments, and waits for the answer
    lender      another worker, which holds the pack's source and runs nothing else

The parent passes the messages on. Values go by value: arrays, numbers, text, and tuples, lists and dictionaries of them; a
dictionary that the function changed is changed for its caller too. So the learner's code sees what a layer returns and what it
raises, and nothing of how it is written.
"""

import builtins
import types
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

__all__ = ["LentError", "answer", "fill"]

TUPLE = "a tuple"  # the only key of a dictionary that stands for a tuple
Ask = Callable[[dict[str, Any]], Mapping[str, Any]]  # sends a call, returns the answer


class LentError(RuntimeError):
    """A lent function raised what is no exception of Python's own."""


def fill(module: types.ModuleType, place: str, *, names: Mapping[str, Sequence[str]], ask: Ask) -> None:
    """Give a module the functions that `names` has for its place, "course/layers.py"; each asks for its results."""
    module.__dict__["np"] = np  # which `from layers import *` brings, as from the file itself
    for name in names[place]:
        module.__dict__[name] = _lent(place, name, ask)


def _lent(place: str, name: str, ask: Ask) -> Callable[..., Any]:
    def function(*args: Any, **keywords: Any) -> Any:
        got = ask(
            {"kind": "call", "place": place, "name": name, "args": _sent(list(args)), "keywords": _sent(keywords)}
        )
        if got.get("error"):
            raise _raised(got["error"])
        for dictionary, after in zip(_dictionaries(args, keywords), got["dictionaries"], strict=True):
            dictionary |= _received(after)
        return _received(got["result"])

    function.__name__ = function.__qualname__ = name
    return function


def _raised(error: Mapping[str, str]) -> Exception:
    kind = getattr(builtins, error["type"], None)
    if isinstance(kind, type) and issubclass(kind, Exception) and kind not in (UnicodeDecodeError, UnicodeEncodeError):
        return kind(error["message"])
    return LentError(f"{error['type']}: {error['message']}")


def answer(call: Mapping[str, Any], find: Callable[[str, str], Any]) -> dict[str, Any]:
    """Return the answer to a call. find: returns the function of that name in that place."""
    try:
        args, keywords = _received(call["args"]), _received(call["keywords"])
        before = [
            {key: np.copy(value) for key, value in dictionary.items()} for dictionary in _dictionaries(args, keywords)
        ]
        result = find(call["place"], call["name"])(*args, **keywords)
        pairs = zip(before, _dictionaries(args, keywords), strict=True)
        changed = [
            {key: value for key, value in after.items() if not _same(old.get(key), value)} for old, after in pairs
        ]
        return {"kind": "answer", "result": _sent(result), "dictionaries": _sent(changed)}
    except BaseException as error:
        # The words of Python's and NumPy's own errors; of where it was raised, nothing.
        return {"kind": "answer", "error": {"type": type(error).__name__[:100], "message": str(error)[:300]}}


def _same(old: Any, value: Any) -> bool:
    return old is not None and bool(np.array_equal(old, value))


def _dictionaries(args: Sequence[Any], keywords: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [value for value in (*args, *keywords.values()) if isinstance(value, dict)]


def _sent(value: Any) -> Any:
    """Return a value as a message can hold it."""
    if isinstance(value, tuple):
        return {TUPLE: [_sent(item) for item in value]}
    if isinstance(value, list):
        return [_sent(item) for item in value]
    if isinstance(value, dict):
        return {str(key): _sent(item) for key, item in value.items()}
    return np.asarray(value) if isinstance(value, np.ndarray) else value


def _received(value: Any) -> Any:
    if isinstance(value, dict):
        if value.keys() == {TUPLE}:
            return tuple(_received(item) for item in value[TUPLE])
        return {key: _received(item) for key, item in value.items()}
    return [_received(item) for item in value] if isinstance(value, list) else value
