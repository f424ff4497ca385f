"""Find a pack by name or by file."""

import importlib
import os
import runpy
from dataclasses import replace
from pathlib import Path

from pellucid.checker.asking.pack import Pack

__all__ = ["BUILT_IN", "PackError", "in_a_line", "load_pack"]

BUILT_IN = {
    "cs231n-a2": "pellucid.checker.packs.cs231n_a2",
    "deeplearning-ai": "pellucid.checker.packs.deeplearning_ai",
}


class PackError(ValueError):
    """A pack is unknown, or a file does not define one."""


def load_pack(name: str | Path | Pack) -> Pack:
    """Return a pack: one of the built-in names, or a Python file that defines PACK. The file is run: trust it first."""
    if isinstance(name, Pack):
        return name
    if str(name) in BUILT_IN:
        return importlib.import_module(BUILT_IN[str(name)]).PACK
    path = Path(name)
    if path.suffix != ".py" or not os.path.isfile(path):
        raise PackError(
            f"--pack must be one of {', '.join(BUILT_IN)}, or a Python file that defines PACK; got {str(name)!r}"
        )
    try:
        made = runpy.run_path(str(path))
    except BaseException as error:  # whatever it raises, SystemExit and KeyboardInterrupt too: one line
        raise PackError(f"{path}: the pack cannot be run: {in_a_line(error)}") from error
    if "PACK" not in made:
        raise PackError(f"{path}: a pack defines PACK, a pellucid.checker.Pack; this file does not")
    pack = made["PACK"]
    if not isinstance(pack, Pack):
        raise PackError(f"{path}: PACK must be a pellucid.checker.Pack; got {type(pack).__name__}")
    return replace(pack, file=path.absolute())


def in_a_line(error: BaseException) -> str:
    """Return an exception as one line of bounded length."""
    return f"{type(error).__name__}: {' '.join(str(error).split())}"[:300].removesuffix(": ")
