"""RowStore: copies of the rows that a loop has shown to the model, up to a limit."""

import math

import numpy as np
import torch

from pellucid.doctor.data_facts import row_codes
from pellucid.doctor.patient import Rows
from pellucid.shapes import Array

__all__ = ["SLICES", "RowStore", "SliceSizes", "codes_of"]

VALUES = 16_000_000  # numbers that are kept
MOST_ROWS = 20_000
SLICES = (torch.Tensor.__getitem__, torch.index_select, torch.Tensor.index_select)
MOST_SLICES = 64  # between two steps
CODE_VALUES = 256  # of a row, which tell it apart


class RowStore:
    """Batches in the order in which they came. When it is full, every other batch goes, and from then on only some come."""

    def __init__(self) -> None:
        self._batches: list[Rows] = []
        self._every, self._seen = 1, 0

    @property
    def count(self) -> int:
        """How many rows are kept."""
        return sum(len(batch.y) for batch in self._batches)

    def add(self, x: Array | tuple[Array, ...], y: Array) -> None:
        """Keep a batch."""
        self._seen += 1
        if (self._seen - 1) % self._every:
            return
        if self._batches and not _fit(self._batches[0], Rows(x, y)):
            return
        self._batches.append(Rows(x, y))
        width = sum(math.prod(array.shape[1:]) for array in (x if isinstance(x, tuple) else (x,)))
        limit = max(256, min(MOST_ROWS, VALUES // max(1, width)))
        if self.count > limit and len(self._batches) > 1:
            self._batches = self._batches[::2]
            self._every *= 2

    def rows(self, count: int) -> Rows | None:
        """Return up to `count` rows, evenly spaced."""
        if not self._batches:
            return None
        y = np.concatenate([batch.y for batch in self._batches])
        chosen = np.unique(np.linspace(0, len(y) - 1, min(count, len(y))).astype(np.int64))
        first = self._batches[0].x
        if isinstance(first, tuple):
            parts = zip(*(batch.x for batch in self._batches), strict=True)
            return Rows(tuple(np.concatenate(part)[chosen] for part in parts), y[chosen])
        return Rows(np.concatenate([batch.x for batch in self._batches])[chosen], y[chosen])


def codes_of(x: Array) -> Array:
    """Return a number for each row, equal for equal rows, (N,)."""
    flat = x.reshape(len(x), -1)
    step = max(1, flat.shape[1] // CODE_VALUES)
    return row_codes(np.ascontiguousarray(flat[:, ::step]))


def _fit(first: Rows, other: Rows) -> bool:
    """Whether rows can be put after others: the same number of inputs, and the same sizes."""
    firsts, others = (rows.x if isinstance(rows.x, tuple) else (rows.x,) for rows in (first, other))
    sizes = [array.shape[1:] for array in (*firsts, first.y)] == [array.shape[1:] for array in (*others, other.y)]
    return len(firsts) == len(others) and sizes


class SliceSizes:
    """How many rows there were in what a batch was cut from."""

    def __init__(self) -> None:
        self._sizes: dict[int, int] = {}  # by the id of what was cut

    def note(self, whole: torch.Tensor, part: torch.Tensor) -> None:
        """Hear of a slice."""
        if len(self._sizes) < MOST_SLICES and whole.shape[1:] == part.shape[1:]:
            self._sizes[id(part)] = whole.shape[0]

    def whole_of(self, batch: torch.Tensor) -> int | None:
        """Return how many rows there are, where a batch was cut from all of them; what was heard is forgotten."""
        size, base = self._sizes.get(id(batch)), batch._base
        if size is None and base is not None and base.shape[1:] == batch.shape[1:]:
            size = base.shape[0]
        self._sizes = {}
        return size
