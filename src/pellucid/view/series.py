"""Series: a curve that grows, and what of it is drawn in a window: for each column of pixels its mean and its extremes.

Nothing that stands out is lost: whatever the number of points, every extreme lies between the `low` and the `high` of its column.
"""

import threading
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from pellucid.shapes import Array

__all__ = ["Columns", "Series", "edges_of"]

BLOCK = 32  # points, whose extremes are kept
BLOCKS_OF_A_COLUMN = (
    8  # from which on blocks are read instead of points: a column's ends move by a sixteenth of it at most
)


class Columns(NamedTuple):
    """A curve as it is drawn; NaN where a column has no point, or only points that are no numbers."""

    mean: Array  # (W,)
    low: Array  # (W,)
    high: Array  # (W,)


class Series:
    """Points (x, y) whose x rises. A point that comes with an x that was passed replaces what lay from there on: a run resumed.

    Threads may read a series that another one extends.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._x, self._y, self._count = np.empty(64), np.empty(64), 0
        self._blocks = np.empty((4, 2))  # low, high, sum, number of finite points
        self._whole = 0  # blocks that are full

    def __len__(self) -> int:
        return self._count

    @property
    def ends(self) -> tuple[float, float]:
        """The first and the last place."""
        return float(self._x[0]), float(self._x[self._count - 1])

    def count(self, low: float, high: float) -> int:
        """Return how many points lie from one place to another, both included."""
        with self._lock:
            first, last = self._between(low, high)
            return last - first

    def points(self, low: float, high: float) -> tuple[Array, Array]:
        """Return the points from one place to another, both included, as copies: x (n,), y (n,)."""
        with self._lock:
            first, last = self._between(low, high)
            return self._x[first:last].copy(), self._y[first:last].copy()

    def extend(self, x: Sequence[float] | Array, y: Sequence[float] | Array) -> None:
        """Add points. y may hold NaN."""
        new_x, new_y = np.asarray(x, np.float64), np.asarray(y, np.float64)
        with self._lock:
            for part_x, part_y in _rising(new_x, new_y):
                self._append(part_x, part_y)

    def window(self, edges: Array) -> Columns:
        """Return what is drawn between rising edges (W + 1,): a column holds the points from its left edge to its right one."""
        with self._lock:
            ends = np.searchsorted(self._x[: self._count], edges, side="left")
            if ends[-1] - ends[0] < BLOCKS_OF_A_COLUMN * BLOCK * (len(edges) - 1):
                y = self._y[ends[0] : ends[-1]]
                finite = np.isfinite(y)
                parts = [np.where(finite, y, np.inf), np.where(finite, y, -np.inf), np.where(finite, y, 0), finite]
                return _columns(np.array(parts), ends - ends[0])
            first, last = ends[0] // BLOCK, -(-ends[-1] // BLOCK)
            middle = np.clip(np.rint(ends / BLOCK).astype(np.int64), first, last)
            middle[0], middle[-1] = first, last
            return _columns(self._all_blocks(first, last), middle - first)

    def _between(self, low: float, high: float) -> tuple[int, int]:
        x = self._x[: self._count]
        return int(np.searchsorted(x, low, "left")), int(np.searchsorted(x, high, "right"))

    def _append(self, x: Array, y: Array) -> None:
        keep = int(np.searchsorted(self._x[: self._count], x[0], side="left"))
        self._count, self._whole = keep, min(self._whole, keep // BLOCK)
        needed = keep + len(x)
        if needed > len(self._x):
            size = max(needed, 2 * len(self._x))
            self._x, self._y = np.resize(self._x, size), np.resize(self._y, size)
        self._x[keep:needed], self._y[keep:needed] = x, y
        self._count = needed
        self._fill_blocks()

    def _fill_blocks(self) -> None:
        whole = self._count // BLOCK
        if whole > self._blocks.shape[1]:
            larger = np.empty((4, 2 * whole))
            larger[:, : self._whole] = self._blocks[:, : self._whole]
            self._blocks = larger
        if whole > self._whole:
            new = self._y[self._whole * BLOCK : whole * BLOCK].reshape(-1, BLOCK)
            self._blocks[:, self._whole : whole] = _summary(new)
        self._whole = whole

    def _all_blocks(self, first: int, last: int) -> Array:
        """Return the blocks of a range (4, B); the last one may not be full yet."""
        if last <= self._whole:
            return self._blocks[:, first:last]
        rest = _summary(self._y[self._whole * BLOCK : self._count].reshape(1, -1))
        return np.concatenate([self._blocks[:, first : self._whole], rest], axis=1)


def edges_of(start: float, stop: float, width: int) -> Array:
    """Return the edges (width + 1,) of columns that divide a range; the last one holds the end, too."""
    edges = np.linspace(start, stop, width + 1)
    edges[-1] = np.nextafter(max(stop, start), np.inf)
    return edges


def _summary(y: Array) -> Array:
    """Return low, high, sum and number of the finite values of each row, (4, rows)."""
    finite = np.isfinite(y)
    low, high = np.where(finite, y, np.inf).min(axis=1), np.where(finite, y, -np.inf).max(axis=1)
    return np.array([low, high, np.where(finite, y, 0).sum(axis=1), finite.sum(axis=1)])


def _columns(parts: Array, ends: Array) -> Columns:
    """Join parts (4, P), each low, high, sum and number, to the columns between ends (W + 1,)."""
    filled = np.flatnonzero(ends[1:] > ends[:-1])
    mean, low, high = np.full((3, len(ends) - 1), np.nan)
    if len(filled):
        starts = ends[:-1][filled]
        parts = parts[:, : ends[-1]]
        count = np.add.reduceat(parts[3], starts)
        good = count > 0
        at = filled[good]
        low[at] = np.minimum.reduceat(parts[0], starts)[good]
        high[at] = np.maximum.reduceat(parts[1], starts)[good]
        mean[at] = np.add.reduceat(parts[2], starts)[good] / count[good]
    return Columns(mean, low, high)


def _rising(x: Array, y: Array) -> list[tuple[Array, Array]]:
    """Cut points where x does not rise."""
    cuts = np.flatnonzero(np.diff(x) <= 0) + 1
    return [pair for pair in zip(np.split(x, cuts), np.split(y, cuts), strict=True) if len(pair[0])]
