"""`pellucid.check`: a file, or a function that stands in a notebook or a module."""

import builtins
import inspect
import os
import types
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from pellucid.checker.check_file import Request, check_submission
from pellucid.checker.packs import Pack, load_pack
from pellucid.checker.sandbox import Limits
from pellucid.checker.submission import Submission, SubmissionError, read_own_or_submission
from pellucid.checker.verdicts import FileReport

__all__ = ["check", "request_for"]

CheckError = SubmissionError


def check(
    what: str | Path | Callable[..., Any] | Sequence[Callable[..., Any]],
    *,
    pack: str | Path | Pack = "cs231n-a2",
    only: Sequence[str] = (),
    edition: int | None = None,
    timeout: float = 10.0,
    memory: float = 4.0,
) -> FileReport:
    """Check a file, or functions of a notebook by their names, and return the report; `print` shows it.

    A backward is judged with its forward: `check([batchnorm_forward, batchnorm_backward])`; what else they call is found by itself.
    only: names of functions; edition: the course's year; timeout: seconds a function may take; memory: GiB it may use.
    Raises CheckError where there is nothing to check.
    """
    request = request_for(pack=pack, only=only, edition=edition, timeout=timeout, memory=memory)
    if isinstance(what, (str, os.PathLike)):
        return check_submission(read_own_or_submission(Path(what), request.pack.reference), request)
    functions: list[Any] = [what] if callable(what) else list(what) if isinstance(what, Sequence) else []
    if not functions or not all(callable(f) for f in functions):
        raise CheckError(f"check: give a path, a function or a list of functions; it is {what!r}")
    text = _source_of(functions, request.pack)
    return check_submission(Submission("notebook", "notebook", "notebook.py", {"notebook.py": text}), request)


def request_for(
    *,
    pack: str | Path | Pack = "cs231n-a2",
    only: Sequence[str] = (),
    edition: int | str | None = None,
    timeout: float = 10.0,
    memory: float = 4.0,
    seed: int = 0,
    **more: Any,
) -> Request:
    """Return the request that these settings make. Raises CheckError or PackError where one cannot be met."""
    if not 0 < timeout <= 3600:
        raise CheckError(f"--timeout must lie in (0, 3600] seconds; it is {timeout:g}")
    if not 0.25 <= memory <= 1024:
        raise CheckError(f"--memory must lie in [0.25, 1024] GiB; it is {memory:g}")
    if seed < 0:
        raise CheckError(f"--seed must be a whole number of at least 0; it is {seed}")
    loaded = load_pack(pack)
    year = _edition(edition, loaded)
    for name in only:
        if loaded.function(name) is None:
            known = ", ".join(function.name for function in loaded.functions)
            raise CheckError(f"--only must name functions of {loaded.name} ({known}); {name} is none of them")
    return Request(loaded, tuple(only), year, Limits(timeout, int(memory * 2**30)), seed=seed, **more)


def _edition(edition: int | str | None, pack: Pack) -> int | None:
    """Return the year of an edition that the pack knows; the command line hands over what was typed."""
    if edition is None:
        return None
    if not pack.editions:
        raise CheckError(f"--edition: the pack {pack.name} knows no editions; leave it out (it is {edition!r})")
    if not isinstance(edition, bool) and str(edition) in map(str, pack.editions):
        return int(edition)
    years = f"{min(pack.editions)} to {max(pack.editions)}"
    raise CheckError(f"--edition must be a year of {pack.name}, {years}; it is {str(edition)!r}")


def _source_of(functions: Sequence[Callable[..., Any]], pack: Pack) -> str:
    """Return the source of functions and of everything of the user's own that they call, with the imports they use."""
    found: dict[str, str] = {}
    head: dict[str, str] = {}
    waiting = list(functions)
    for function in functions:  # a backward brings its forward along
        asked = pack.function(getattr(function, "__name__", ""))
        forward = getattr(function, "__globals__", {}).get(asked.forward) if asked else None
        if isinstance(forward, types.FunctionType):
            waiting.append(forward)
    while waiting:
        function = waiting.pop()
        name = getattr(function, "__name__", "")
        if name in found:
            continue
        try:
            found[name] = inspect.cleandoc("\n" + inspect.getsource(function)) + "\n"
        except (OSError, TypeError):
            raise CheckError(
                f"check: the source of {name or function!r} cannot be found; write it to a file and check that"
            ) from None
        for used, value in _used(function).items():
            if isinstance(value, types.ModuleType):
                head[used] = f"import {value.__name__} as {used}"
            elif isinstance(value, (types.FunctionType, type)) and getattr(value, "__module__", "") in (
                "__main__",
                getattr(function, "__module__", ""),
            ):
                waiting.append(value)
            elif isinstance(value, (int, float, str, bool)):
                head[used] = f"{used} = {value!r}"
            elif callable(value) and getattr(value, "__module__", None):
                head[used] = f"from {value.__module__} import {value.__name__} as {used}"
    return "\n".join(head.values()) + "\n\n\n" + "\n\n".join(reversed(found.values()))


def _used(function: Any) -> dict[str, Any]:
    """Return the global names that a function or a class's methods use, and what they stand for."""
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
