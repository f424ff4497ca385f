"""What the learner's own `cs231n/` folder has and Pellucid has not: its modules, and names in its files of the same name.

Assignment 1 and 3 bring modules (`rnn_layers`, `coco_utils`, ...) that are imported beside Pellucid's. The folders are those on
the import path at the time of the import, which notebooks extend as they go.
"""

import importlib
import importlib.util
import sys
from collections.abc import Callable, Iterator, Sequence
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType
from typing import Any

__all__ = ["FINDER", "OwnModules", "own_name"]

PACKAGE = "cs231n"
OURS = Path(__file__).resolve().parent


class OwnModules:
    """Finds modules of the learner's folder under names that nothing else has; one of `sys.meta_path`, the last."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return where `cs231n.rnn_layers` stands; None for other names, and where no folder has it."""
        outer, _, _ = fullname.rpartition(".")
        if not fullname.startswith(f"{PACKAGE}."):
            return None
        return PathFinder.find_spec(fullname, [str(folder) for folder in _folders(outer)], target)


FINDER = OwnModules()


def own_name(module: str) -> Callable[[str], Any]:
    """Return a `__getattr__` for one of our modules: what the learner's folder or file of the same name has and ours has not."""

    def find(name: str) -> Any:
        if not name.startswith("_"):
            if FINDER.find_spec(f"{module}.{name}") is not None:
                return importlib.import_module(f"{module}.{name}")
            found = _own_file(module)
            if found is not None and hasattr(found, name):
                return getattr(found, name)
        raise AttributeError(f"module {module!r} has no attribute {name!r}")

    return find


def _own_file(module: str) -> ModuleType | None:
    """Return the learner's module under a name of its own, executed once; None where the folder has no such file."""
    outer, _, last = module.rpartition(".")
    if not outer:
        return None
    spec = PathFinder.find_spec(module, [str(folder) for folder in _folders(outer)])
    if spec is None or spec.origin is None:
        return None
    alias = f"{outer}._own_{last}"
    if alias not in sys.modules:
        own = importlib.util.spec_from_file_location(alias, spec.origin)
        if own is None or own.loader is None:
            return None
        sys.modules[alias] = made = importlib.util.module_from_spec(own)
        try:
            own.loader.exec_module(made)
        except BaseException:
            del sys.modules[alias]
            raise
    return sys.modules[alias]


def _folders(package: str) -> Iterator[Path]:
    """Yield the folders of a package's name on the import path, without ours."""
    for entry in sys.path:
        folder = Path(entry or ".").joinpath(*package.split("."))
        if folder.is_dir() and folder.resolve() != OURS:
            yield folder
