"""Origin: what a model's raw inputs were like in training, to read files alike and to recognise inputs of another form."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from pellucid.data.tables import DataTable
from pellucid.nets.arguments import SeveralInputs
from pellucid.shapes import Array
from pellucid.train.model.known_rows import KnownRows

__all__ = ["Origin", "unlike"]

ROWS = 1024  # of the training inputs, whose mean and deviation are kept
SCALE = 20.0  # times as wide, or as narrow, or as far away: another unit


@dataclass(frozen=True)
class Origin:
    """Where the training data came from, and what their raw inputs were like; everything but the kind may be unknown."""

    data: str | None = None  # a name or path that `pellucid.data.load` takes
    size: int | None = None  # side to which a folder's images were resized
    white: float | None = None  # the largest pixel value, for pictures
    pixels: bool = False  # raw whole numbers 0..white, not floats
    mean: float | None = None  # of all values of the first training inputs, where they are no pixels
    std: float | None = None
    targets: tuple[str, ...] = ()  # the names of the columns that it predicts; () where they have none
    known: KnownRows = field(default_factory=KnownRows)  # to recognise the training rows

    @classmethod
    def of(
        cls, inputs: Any, *, white: float | None = None, data: str | None = None, size: int | None = None
    ) -> "Origin":
        """Describe raw training inputs: an array (N, ...), or a table, whose columns its preparation describes."""
        if isinstance(inputs, DataTable):
            return cls(inputs.name if data is None else data)
        if isinstance(inputs, SeveralInputs):
            return cls(data, size)
        if inputs.dtype == object:  # rows of a table that are read when they are needed
            return cls(data)
        if inputs.dtype.kind in "iu":
            return cls(data, size, white, pixels=True)
        with np.errstate(invalid="ignore", over="ignore"):
            first = inputs[:ROWS].astype(np.float64)
            mean, std = float(first.mean()), float(first.std())
        known = np.isfinite([mean, std]).all()
        return cls(data, size, white, False, mean if known else None, std if known else None)

    def to_document(self) -> dict[str, Any]:
        """Return, as JSON, what `Origin(**document)` reads."""
        return asdict(self)

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "Origin":
        """Return the origin that `to_document` described."""
        known, targets = document.get("known", KnownRows()), document.get("targets", ())
        return cls(**{**document, "known": KnownRows(known[0], tuple(known[1])), "targets": tuple(targets)})


def unlike(inputs: Array, origin: Origin, *, prepared: bool) -> str | None:
    """Say why raw inputs (N, ...) cannot be of the form that training had, with the cure; None where they may be.

    prepared: whether the model prepares its inputs. Pixels are recognised by their range, other inputs by their mean and deviation.
    """
    whole = inputs.dtype.kind in "iu"
    if origin.pixels:
        return None if whole else _unlike_pixels(inputs[:ROWS], origin)
    if origin.mean is None or origin.std is None or not inputs.size:
        return None
    values = inputs[:ROWS].astype(np.float64)
    mean, std = float(values.mean()), float(values.std())
    if not 0 < std < np.inf or origin.std <= 0 or len(inputs) < 2:
        return None
    distance = abs(mean - origin.mean)
    is_standardized = abs(mean) <= 0.5 <= std <= 2
    # Rows that are much alike are no other unit, unless they lie elsewhere, or where standardized inputs would.
    is_narrow = std < origin.std / SCALE and (is_standardized or distance > 3 * origin.std)
    if not (is_narrow or std > SCALE * origin.std or distance > SCALE * max(origin.std, std)):
        return None
    kind = "whole numbers" if whole else "values"
    cure = "give raw inputs of the same kind and units" if prepared else "prepare them in the same way"
    return (
        f"the inputs are {kind} with mean {mean:.3g} and standard deviation {std:.3g}; those of training had mean "
        f"{origin.mean:.3g} and {origin.std:.3g}; {cure}"
    )


def _unlike_pixels(inputs: Array, origin: Origin) -> str | None:
    """Recognise floats that are no raw pixel values, in a model that was trained on pixels."""
    low, high = float(inputs.min()), float(inputs.max())
    white = 255.0 if origin.white is None else origin.white
    if low < 0:
        what = "hold negative values, so they seem to be standardized already"
    elif 0 < high <= 1 < white / 4:
        what = "lie between 0 and 1"
    else:
        return None
    return f"the inputs {what}; the model takes raw pixels, 0 to {white:g}, and prepares them itself"
