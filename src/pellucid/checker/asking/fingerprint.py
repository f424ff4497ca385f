"""A hash of a pack: of its files, its settings and its cases, so that a result can be stored with what it depends on."""

import contextlib
import functools
import hashlib
import types
from collections.abc import Iterator, Mapping, Sequence, Set
from pathlib import Path
from typing import Any

import numpy as np

from pellucid.checker.asking.pack import Options, Pack, PackFunction

__all__ = ["fingerprint"]

MOST_DEPTH = 50
Ids = tuple[int, ...]  # of the values that one stands in: it may hold itself


def fingerprint(pack: Pack, seed: int, edition: int | None) -> str:
    """Return a hash that changes with what the pack's verdicts depend on.

    Hashed are the contents of its files, every setting, the files in which its functions are written with the values that they
    hold, and the cases that a seed and an edition give.
    """
    cases = [_cases(function, seed, edition) for function in pack.functions]
    parts = hashlib.sha256()
    for part in _parts([pack, cases]):
        parts.update(len(part).to_bytes(8, "little") + part)
    return parts.hexdigest()


def _cases(function: PackFunction, seed: int, edition: int | None) -> Any:
    try:
        return function.cases(np.random.default_rng([seed, *function.name.encode()]), Options(edition))
    except Exception as error:  # which the report on a file will say
        return repr(error)


def _parts(value: Any, inside: Ids = ()) -> Iterator[bytes]:
    """Yield what a value consists of, in an order that does not vary."""
    yield type(value).__name__.encode()
    if id(value) in inside or len(inside) > MOST_DEPTH:
        return
    within = (*inside, id(value))
    if isinstance(value, Path):
        yield _contents(value)
    elif isinstance(value, types.ModuleType):
        yield _contents(Path(value.__file__)) if value.__file__ else value.__name__.encode()
    elif isinstance(value, np.ndarray):
        yield from (str((value.dtype, value.shape)).encode(), repr(value.tolist()).encode())
    elif isinstance(value, Set):
        yield from sorted(b"".join(_parts(item, within)) for item in value)
    elif isinstance(value, (Mapping, Sequence)) and not isinstance(value, (str, bytes, bytearray)):
        items = list(value.items()) if isinstance(value, Mapping) else value
        yield str(len(items)).encode()
        for item in items:
            yield from _parts(item, within)
    elif isinstance(value, functools.partial):
        yield from _parts([value.func, value.args, value.keywords], within)
    elif hasattr(value, "__code__"):
        yield from _parts_of_function(value, within)
    elif isinstance(value, type) or not hasattr(value, "__dict__"):
        yield repr(value).encode("utf-8", "surrogatepass")
    else:
        yield from _parts(vars(value), within)


def _parts_of_function(function: Any, inside: Ids) -> Iterator[bytes]:
    """Yield the file that a function is written in, where in it, and the values that it holds."""
    code = function.__code__
    yield from (str(code.co_firstlineno).encode(), code.co_code, _contents(Path(code.co_filename)))
    yield from _parts(list(_held(function)), inside)


def _held(function: Any) -> Iterator[Any]:
    yield from (function.__defaults__, function.__kwdefaults__, getattr(function, "__self__", None))
    for cell in function.__closure__ or ():
        with contextlib.suppress(ValueError):  # nothing is in it yet
            yield cell.cell_contents


def _contents(path: Path) -> bytes:
    try:
        return hashlib.sha256(path.read_bytes()).digest()
    except OSError:
        return b"no file"
