"""The choice of a target: what users ask for, what the loss takes, and otherwise what the values look like."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np

from pellucid.data.checks import DataError
from pellucid.data.targets.binary import Binary
from pellucid.data.targets.classes import Classes
from pellucid.data.targets.multilabel import Multilabel, are_sets_of_names
from pellucid.data.targets.numbers import Numbers
from pellucid.data.targets.raw import raw_values
from pellucid.data.targets.target import Target

__all__ = ["DEFAULT_LOSSES", "TASKS", "target_of"]

MAXIMUM_CLASSES = 20  # more distinct whole numbers than this are read as values, unless a task or a loss says otherwise
TASKS: Mapping[str, Callable[..., Target]] = MappingProxyType(
    {"classification": Classes.of, "binary": Binary.of, "multilabel": Multilabel.of, "regression": Numbers.of}
)
DEFAULT_LOSSES: Mapping[str, str] = MappingProxyType(
    {
        "classification": Classes.default_loss,
        "binary": Binary.default_loss,
        "multilabel": Multilabel.default_loss,
        "regression": Numbers.default_loss,
    }
)


def target_of(
    y: Any, *, task: str | None = None, names: Sequence[str] | None = None, takes: str | None = None
) -> Target:
    """Return the target that y is.

    task: 'classification', 'binary', 'multilabel' or 'regression'. Without one, `takes` decides, what the loss reads: 'labels'
    (classes), 'numbers' (regression) or 'indicators' (two columns and more: multilabel; one: binary). Without either, the values
    do: text, bools and up to 20 distinct whole numbers are classes; several columns of 0 and 1 or lists of names are multilabel;
    anything else is regression. names: of the classes 0, 1, ... or of the outputs. Raises DataError.
    """
    if task is None:
        task = task_of(y, takes)
    if task not in TASKS:
        raise DataError(f"task must be one of {', '.join(TASKS)}; got {task!r}")
    return TASKS[task](y, names)


def task_of(y: Any, takes: str | None) -> str:
    """Return the task that suits the targets, and the loss where one is chosen."""
    if takes == "labels":
        return "classification"
    if takes == "numbers":
        return "regression"
    if are_sets_of_names(y):
        return "multilabel"
    values = raw_values("targets", y)
    several = values.ndim == 2 and values.shape[1] > 1
    if takes == "indicators":
        return "multilabel" if several else "binary"
    if several:
        return "multilabel" if values.dtype.kind != "U" and np.isin(values, (0, 1)).all() else "regression"
    if values.dtype.kind == "f":
        return "regression"
    many = values.dtype.kind in "iu" and len(np.unique(values)) > MAXIMUM_CLASSES
    return "regression" if many else "classification"
