"""Functions that live in a session or a module: their source, and that of everything of the user's own that they call."""

import builtins
import inspect
import types
from collections.abc import Callable, Sequence
from typing import Any

from pellucid.checker.asking.pack import Pack
from pellucid.checker.reading.source_files import SubmissionError

__all__ = ["source_of"]


def source_of(functions: Sequence[Callable[..., Any]], pack: Pack) -> str:
    """Return the source of functions and of what they call, with the imports they use. Raises SubmissionError."""
    sources: dict[str, str] = {}
    imports: dict[str, str] = {}
    waiting = [*functions, *_forwards(functions, pack)]
    while waiting:
        function = waiting.pop()
        name = getattr(function, "__name__", "")
        if name in sources:
            continue
        sources[name] = _source(function, name)
        own_module = getattr(function, "__module__", "")
        waiting += [
            base
            for base in getattr(function, "__bases__", ())
            if _is_users_own(base, getattr(function, "__module__", ""))
        ]
        for used, value in _used(function).items():
            if isinstance(value, types.ModuleType):
                imports[used] = f"import {value.__name__} as {used}"
            elif _is_users_own(value, own_module):
                waiting.append(value)
            elif isinstance(value, (int, float, str, bool)):
                imports[used] = f"{used} = {value!r}"
            elif callable(value) and getattr(value, "__module__", None):
                imports[used] = f"from {value.__module__} import {value.__name__} as {used}"
    return "\n".join(imports.values()) + "\n\n\n" + "\n\n".join(reversed(sources.values()))


def _forwards(functions: Sequence[Callable[..., Any]], pack: Pack) -> list[Any]:
    """Return the forwards of the backwards among some functions, where they are in the same namespace."""
    forwards = []
    for function in functions:
        known = pack.function(getattr(function, "__name__", ""))
        forward = getattr(function, "__globals__", {}).get(known.forward) if known else None
        if isinstance(forward, types.FunctionType):
            forwards.append(forward)
    return forwards


def _source(function: Any, name: str) -> str:
    try:
        return inspect.cleandoc("\n" + inspect.getsource(function)) + "\n"
    except (OSError, TypeError):
        raise SubmissionError(
            f"check: the source of {name or function!r} cannot be found; write it to a file and check that"
        ) from None


def _is_users_own(value: Any, own_module: str) -> bool:
    is_defined = isinstance(value, (types.FunctionType, type))
    return is_defined and getattr(value, "__module__", "") in ("__main__", own_module)


def _used(function: Any) -> dict[str, Any]:
    """Return the global names that a function or a class's methods use, and their values."""
    members = vars(function).values() if isinstance(function, type) else [function]
    used: dict[str, Any] = {}
    for member in members:
        code, space = getattr(member, "__code__", None), getattr(member, "__globals__", {})
        codes = [code] if code else []
        while codes:
            inner = codes.pop()
            used |= {n: space[n] for n in inner.co_names if n in space and not hasattr(builtins, n)}
            codes += [constant for constant in inner.co_consts if isinstance(constant, types.CodeType)]
    return used
