"""The names of the columns that hold targets, by which further targets are matched to those of the training."""

from typing import Any

import numpy as np

from pellucid.data import DataError
from pellucid.data.targets.named import NamedTargets
from pellucid.data.targets.raw import names_of

__all__ = ["columns_of", "in_order"]


def columns_of(targets: Any) -> tuple[str, ...]:
    """Return the names of a frame's columns, or of a column; () where targets have none, or only numbers for names."""
    names = targets.columns if isinstance(targets, NamedTargets) else names_of(targets)
    return () if names == tuple(map(str, range(len(names)))) else names


def in_order(who: str, targets: Any, expected: tuple[str, ...]) -> Any:
    """Return targets with their columns in the order of the training. Raises DataError where they have other names.

    Targets without names, and single columns that are no frame, stay as they are.
    """
    given = columns_of(targets) if hasattr(targets, "columns") else ()
    if not expected or not given or given == expected:
        return targets
    if sorted(given) != sorted(expected):
        raise DataError(
            f"{who}: the model predicts {_listed(expected)}, and the targets are {_listed(given)}; give the targets that it "
            "predicts, or, where they are the same under another name, their values as an array"
        )
    if not isinstance(targets, NamedTargets):
        return targets[list(expected)]
    return NamedTargets(np.asarray(targets.values)[:, [given.index(name) for name in expected]], expected)


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(map(repr, names))
