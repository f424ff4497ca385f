"""Names that a submission's own modules may have in a worker, whatever its files and folders are called."""

import re
import sys

from pellucid.checker.asking.pack import Pack

__all__ = ["BLOCKED", "file_place", "packages_of", "top_name"]

# Libraries that contain the answers, and ways around the checker.
BLOCKED = (
    "pellucid",
    "torch",
    "tensorflow",
    "jax",
    "autograd",
    "sklearn",
    "keras",
    "ctypes",
    "_ctypes",
    "cffi",
    "multiprocessing",
)
# A file `random.py` must not be mistaken for the library's module, which is loaded already, nor stand in for it.
TAKEN = frozenset(sys.stdlib_module_names) | {"numpy", *BLOCKED}


def top_name(name: str, taken: frozenset[str] = frozenset()) -> str:
    """Return what a file or folder is imported as at the top: an identifier, and no name of a module that is another."""
    name = re.sub(r"\W", "_", name)
    name = f"_{name}" if name[:1].isdigit() else name
    while name in TAKEN or name in taken:
        name += "_"
    return name


def file_place(*parts: str) -> str:
    """Return where a package's file stands, by folders and the file's name: a dot in a name would mean a package."""
    return "/".join([*(part.replace(".", "_") for part in parts[:-1]), parts[-1][:-3].replace(".", "_") + ".py"])


def packages_of(pack: Pack) -> frozenset[str]:
    """Return the names of packages that the pack's own modules are in: a lone file of that name would hide them."""
    modules = [*pack.stand_ins, *pack.compiled]
    return frozenset(place.partition("/")[0] for place in modules if "/" in place) | {pack.package}
