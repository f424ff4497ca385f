"""The ways of writing the data and the epochs of a call to `fit`, which have one meaning."""

from typing import Any

import numpy as np

from pellucid.shapes import ShapeError

__all__ = ["whole_call"]


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
