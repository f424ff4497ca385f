"""A network as a function in a Python file: called with `input_shape=` and `classes=`, it returns a list of layers or a network."""

import inspect
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from pellucid.layers import Init
from pellucid.nets.network import Network
from pellucid.nets.storage import StorageError
from pellucid.shapes import ShapeError, did_you_mean

__all__ = ["network_of_function"]


def network_of_function(
    path: Path, text: str, function: str, input_shape: tuple[int, ...], classes: int, *, seed: int, init: Init
) -> Network:
    """Run the file and call the function. `seed` is passed, too, if it takes one.

    Raises ShapeError or StorageError, which name the line of the file where it failed.
    """
    with _errors_of(path):
        module = _run(path, text)
    found = _function(path, module, function)
    keywords = {"input_shape": input_shape, "classes": classes}
    if "seed" in inspect.signature(found).parameters:
        keywords["seed"] = seed
    with _errors_of(path):
        made = found(**keywords)
        if isinstance(made, (list, tuple)):
            return Network(made, input_shape, seed=seed, init=init)
    if not isinstance(made, Network):
        raise ShapeError(f"{path}:{function} must return a list of layers or a Network; got {type(made).__name__}")
    return made


def _run(path: Path, text: str) -> ModuleType:
    """Run a file as a module. It may import what lies beside it."""
    module = ModuleType(f"{path.stem} (a model's file)")
    module.__file__ = str(path)
    folder = str(path.absolute().parent)
    sys.path.insert(0, folder)
    sys.modules[module.__name__] = module  # where a dataclass looks for its own module
    try:
        exec(compile(text, str(path), "exec"), vars(module))
    finally:
        sys.path.remove(folder)
    return module


def _function(path: Path, module: ModuleType, name: str) -> Callable[..., Any]:
    own = {
        key: value
        for key, value in vars(module).items()
        if inspect.isfunction(value)
        and getattr(value, "__module__", None) == module.__name__
        and not key.startswith("_")
    }
    found: Any = vars(module).get(name)
    if not callable(found):
        hint = did_you_mean(name, own) or f"; it has {', '.join(own) or 'none'}"
        asked = f"{path} has no function {name!r}" if name else f"{path}: say which function, as in {path}:build"
        raise StorageError(f"{asked}{hint}")
    return found


@contextmanager
def _errors_of(path: Path) -> Iterator[None]:
    """Turn whatever the user's code raises into one line that names the line of the file."""
    try:
        yield
    except SyntaxError as error:
        where = f", line {error.lineno}" if error.filename == str(path) else f" imports {error.filename}"
        raise StorageError(f"{path}{where}: {error.msg}: {(error.text or '').strip()}") from None
    except (Exception, SystemExit) as error:
        lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
        where = f", line {lines[-1]}" if lines else ""
        what = str(error) if isinstance(error, ShapeError) else f"{type(error).__name__}: {error}"
        raise ShapeError(f"{path}{where}: {' '.join(what.split())}") from None
