"""Find a pack by name or by file, or choose the built-in one whose functions are defined."""

import importlib
import os
import runpy
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from pellucid.checker.asking.pack import Pack

__all__ = ["BUILT_IN", "DEFAULT", "PackError", "fitting", "in_a_line", "load_pack"]

# The first is the default, and has the functions that several packs know where nothing else decides.
BUILT_IN = {
    **{f"cs231n-{short}": f"pellucid.checker.packs.cs231n_{short}" for short in ("a2", "a1", "a3")},
    "deeplearning-ai": "pellucid.checker.packs.deeplearning_ai",
}
DEFAULT = next(iter(BUILT_IN))


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


def fitting(defined: Collection[str], words: Collection[str] = (), *, asked: bool = False) -> str:
    """Return the built-in pack that knows the defined names best: by the names that no other pack has, then by all.

    words: of the sources, for the marks of a pack. A pack whose names are nearly all defined goes before a larger one that has few
    of its own there: a folder of one assignment may also hold the files of the one before it. asked: these functions were asked
    for, so that names that many programs use count too.
    """
    packs = {name: load_pack(name) for name in BUILT_IN}
    known = {name: {*pack.names} for name, pack in packs.items()}

    def rank(name: str) -> tuple[float, int]:
        own = known[name].difference(*(names for other, names in known.items() if other != name))
        shared = known[name].intersection(defined).difference(() if asked else packs[name].common)
        marks = {mark for mark in packs[name].marks if mark in words} if shared else set()
        return (len(own & shared) + len(marks)) ** 2 / max(1, len(own)), len(shared)

    return max(known, key=rank)  # the first of equal ones


def in_a_line(error: BaseException) -> str:
    """Return an exception as one line of bounded length."""
    return f"{type(error).__name__}: {' '.join(str(error).split())}"[:300].removesuffix(": ")
