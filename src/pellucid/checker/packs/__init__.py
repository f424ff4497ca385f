"""Course packs: descriptions of what a course asks for.

What lives here: the built-in packs `cs231n_a1/` to `cs231n_a3/` (what two of them have stands in `cs231n_a2/`), and finding a pack
by name, by file or by what is defined (`loading.py`); `--pack FILE` takes any other (see docs/packs.md). A pack is a Python file
whose `PACK` is a `Pack`: functions by name, a reference in plain source, cases, and known mistakes and conventions.
What does not: the records that a pack is made of (`asking/`), and anything that runs or judges: the engine never imports a pack.
"""

from pellucid.checker.packs.loading import PackError, load_pack

__all__ = ["PackError", "load_pack"]
