"""A user function, named on the command line as FILE.py:FUNCTION, with the shapes of its arguments."""

import importlib.util
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from pellucid.derive.tracing.graph import Graph
from pellucid.derive.tracing.trace import trace
from pellucid.files import absence
from pellucid.shapes import ShapeError

__all__ = ["derivation_of_file"]


def derivation_of_file(where: str, shapes: str, *, integers: bool = False) -> Graph:
    """Trace FUNCTION of FILE.py on arrays of the given shapes, as in "x=4,3 w=3,2". Runs the file, as `python FILE.py` would.

    The arrays are normal draws, or, with `integers`, small integers. Raises ShapeError for a wrong file, function or shape.
    """
    file, _, name = where.rpartition(":")
    function = _function(Path(file), name)
    sizes = _shapes(shapes)
    names = [p.name for p in inspect.signature(function).parameters.values() if p.default is p.empty]
    if missing := [n for n in names if n not in sizes]:
        raise ShapeError(
            f"derive: --shapes must give a shape for {', '.join(missing)} of {name}, as in 'x=4,3 w=3,2'; got {shapes!r}"
        )
    unknown = [n for n in sizes if n not in inspect.signature(function).parameters]
    if unknown:
        raise ShapeError(f"derive: {name} has no argument {', '.join(unknown)}; it has {', '.join(names)}")
    rng = np.random.default_rng(0)
    arrays = []
    for n in names:
        drawn = rng.integers(-3, 4, sizes[n]).astype(np.float64) if integers else rng.standard_normal(sizes[n])
        arrays.append(np.asarray(drawn))
    try:
        return trace(function, *arrays, title=name)
    except (ShapeError, MemoryError):
        raise
    except (Exception, SystemExit) as error:
        reason = f"{type(error).__name__}: {error}".splitlines()[0]
        raise ShapeError(f"derive: {name} fails on arrays of --shapes {shapes!r}: {reason}") from error


def _function(path: Path, name: str) -> Callable[..., Any]:
    if not path.is_file():
        raise ShapeError(f"derive: {absence(path)}: {str(path)!r}")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise ShapeError(f"derive: {path} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        raise ShapeError(f"derive: {path} cannot be run: {type(error).__name__}: {error}") from error
    function = getattr(module, name, None)
    if not callable(function):
        raise ShapeError(f"derive: {path} has no function {name!r}")
    found: Callable[..., Any] = function
    return found


def _shapes(text: str) -> dict[str, tuple[int, ...]]:
    shapes = {}
    for part in text.split():
        name, _, sizes = part.partition("=")
        try:
            shapes[name] = tuple(int(size) for size in sizes.split(",") if size)
        except ValueError:
            raise ShapeError(f"derive: --shapes must look like 'x=4,3 w=3,2'; got {text!r}") from None
        if any(size < 1 for size in shapes[name]):
            raise ShapeError(f"derive: sizes in --shapes must be at least 1; got {text!r}")
    return shapes
