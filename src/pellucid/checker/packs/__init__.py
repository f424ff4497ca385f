"""Course packs: what a course asks for, as data.

A pack is a Python file whose `PACK` is a `Pack`: the functions by name, a reference in plain source, cases, and the mistakes and
conventions that are known. `cs231n_a2` is the one that comes along; `--pack FILE` takes any other (see docs/packs.md).
"""

from pellucid.checker.packs.loading import PackError, load_pack
from pellucid.checker.packs.model import (
    Case,
    Edit,
    Function,
    Known,
    Pack,
    Relation,
    backward_case,
    forward_case,
    ref,
    related_case,
)

__all__ = [
    "Case",
    "Edit",
    "Function",
    "Known",
    "Pack",
    "PackError",
    "Relation",
    "backward_case",
    "forward_case",
    "load_pack",
    "ref",
    "related_case",
]
