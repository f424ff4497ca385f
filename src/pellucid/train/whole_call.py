"""The ways of writing a call to `fit`: those that have one meaning are understood, others are answered with what to write."""

import difflib
from collections.abc import Collection
from typing import Any

import numpy as np

from pellucid.shapes import ShapeError

__all__ = ["check_options", "whole_call"]

HABITS = {  # of users of other libraries, and what to write here
    "validation_split": "validation=0.1",
    "validation_data": "validation=(x, y)",
    "verbose": "progress=False for silence",
    "callbacks": "on_event=function, which gets each event",
    "batch_size": "Trainer(net, batch_size=...)",
    "class_weight": "Trainer(net, class_weight=...)",
    "shuffle": "nothing: every epoch has an order of its own",
    "initial_epoch": "folder=... and resume=True",
}


def whole_call(data: Any, targets: Any, epochs: Any) -> tuple[Any, Any]:
    """Return data and epochs of `fit(data, epochs)` or `fit(x, y, epochs)`, however they were written. Raises ShapeError."""
    if isinstance(targets, (int, np.integer)) and not isinstance(targets, bool):
        if epochs is not None:
            raise ShapeError(f"Trainer.fit: epochs are given twice, {targets} and {epochs}")
        targets, epochs = None, targets
    if epochs is None:
        raise ShapeError(
            "Trainer.fit: epochs, the number of passes over the data, are missing; for example fit(data, epochs=10)"
        )
    return (data if targets is None else (data, targets)), epochs


def check_options(given: Collection[str], known: Collection[str]) -> None:
    """Raise TypeError, with what to write instead, for a keyword that `fit` does not have."""
    for name in given:
        if name in known:
            continue
        close = difflib.get_close_matches(name, known, n=1)
        hint = f"did you mean {close[0]}?" if close else f"its keywords are {', '.join(known)}"
        raise TypeError(f"Trainer.fit has no keyword {name!r}; {f'write {HABITS[name]}' if name in HABITS else hint}")
